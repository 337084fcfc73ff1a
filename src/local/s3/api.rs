//! The table of operations: each delegates to the module that has it. What is missing here answers
//! `NotImplemented`, from `s3s`.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::configuration::{self, Kind};
use super::{
    S3, attributes, bucket, complete, copy, delete, encryption, get, listings, multipart, object_tags, policy, put,
    unconfigured, uploads,
};

/// The protocol's view of the service.
pub(super) struct Api(pub Arc<S3>);

/// For operations without output.
fn done<T: Default>(result: S3Result<()>) -> S3Result<T> {
    result.map(|()| T::default())
}

/// One line an operation: method, input and output, and how it is done. Before them, methods written out.
macro_rules! operations {
    ({ $($written:tt)* } $($method:ident($input:ident) -> $output:ident = |$s3:ident, $req:ident| $body:expr;)*) => {
        #[async_trait::async_trait]
        impl s3s::S3 for Api {
            $($written)*
            $(
                async fn $method(&self, $req: S3Request<$input>) -> S3Result<S3Response<$output>> {
                    let $s3 = &self.0;
                    let output: S3Result<$output> = $body;
                    output.map(S3Response::new)
                }
            )*
        }
    };
}

operations! {
    {
        async fn head_object(&self, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
            get::head_object(&self.0, &req.input)
        }
    }

    create_bucket(CreateBucketInput) -> CreateBucketOutput = |s3, req| bucket::create(s3, req).await;
    head_bucket(HeadBucketInput) -> HeadBucketOutput = |s3, req| bucket::head(s3, &req.input.bucket);
    list_buckets(ListBucketsInput) -> ListBucketsOutput = |s3, req| bucket::list(s3, req.input);
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput = |s3, req| bucket::delete(s3, req.input.bucket).await;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput = |s3, req| bucket::location(s3, &req.input.bucket);
    get_bucket_versioning(GetBucketVersioningInput) -> GetBucketVersioningOutput = |s3, req| bucket::versioning(s3, &req.input.bucket);
    put_bucket_versioning(PutBucketVersioningInput) -> PutBucketVersioningOutput = |s3, req| done(bucket::set_versioning(s3, req.input.bucket, req.input.versioning_configuration).await);
    get_bucket_tagging(GetBucketTaggingInput) -> GetBucketTaggingOutput = |s3, req| bucket::tagging(s3, &req.input.bucket);
    put_bucket_tagging(PutBucketTaggingInput) -> PutBucketTaggingOutput = |s3, req| done(bucket::set_tags(s3, req.input.bucket, req.input.tagging.tag_set).await);
    delete_bucket_tagging(DeleteBucketTaggingInput) -> DeleteBucketTaggingOutput = |s3, req| done(bucket::set_tags(s3, req.input.bucket, Vec::new()).await);
    get_bucket_acl(GetBucketAclInput) -> GetBucketAclOutput = |s3, req| bucket::acl(s3, &req.input.bucket);

    get_bucket_encryption(GetBucketEncryptionInput) -> GetBucketEncryptionOutput = |s3, req| configuration::get_encryption(s3, &req.input.bucket);
    put_bucket_encryption(PutBucketEncryptionInput) -> PutBucketEncryptionOutput = |s3, req| {
            let value = req.input.server_side_encryption_configuration;
            encryption::check_configuration(&value)?;
            done(s3.configure(req.input.bucket, Kind::Encryption, value).await)
        };
    delete_bucket_encryption(DeleteBucketEncryptionInput) -> DeleteBucketEncryptionOutput = |s3, req| done(s3.unconfigure(req.input.bucket, Kind::Encryption).await);
    get_bucket_lifecycle_configuration(GetBucketLifecycleConfigurationInput) -> GetBucketLifecycleConfigurationOutput = |s3, req| configuration::get_lifecycle(s3, &req.input.bucket);
    put_bucket_lifecycle_configuration(PutBucketLifecycleConfigurationInput) -> PutBucketLifecycleConfigurationOutput = |s3, req| {
            let value = configuration::check_lifecycle(req.input.lifecycle_configuration)?;
            done(s3.configure(req.input.bucket, Kind::Lifecycle, value).await)
        };
    delete_bucket_lifecycle(DeleteBucketLifecycleInput) -> DeleteBucketLifecycleOutput = |s3, req| done(s3.unconfigure(req.input.bucket, Kind::Lifecycle).await);
    get_public_access_block(GetPublicAccessBlockInput) -> GetPublicAccessBlockOutput = |s3, req| configuration::get_public_access_block(s3, &req.input.bucket);
    put_public_access_block(PutPublicAccessBlockInput) -> PutPublicAccessBlockOutput = |s3, req| {
            let value = configuration::complete_block(req.input.public_access_block_configuration);
            done(s3.configure(req.input.bucket, Kind::PublicAccessBlock, value).await)
        };
    delete_public_access_block(DeletePublicAccessBlockInput) -> DeletePublicAccessBlockOutput = |s3, req| done(s3.unconfigure(req.input.bucket, Kind::PublicAccessBlock).await);
    get_bucket_ownership_controls(GetBucketOwnershipControlsInput) -> GetBucketOwnershipControlsOutput = |s3, req| configuration::get_ownership(s3, &req.input.bucket);
    put_bucket_ownership_controls(PutBucketOwnershipControlsInput) -> PutBucketOwnershipControlsOutput = |s3, req| done(s3.configure(req.input.bucket, Kind::OwnershipControls, req.input.ownership_controls).await);
    delete_bucket_ownership_controls(DeleteBucketOwnershipControlsInput) -> DeleteBucketOwnershipControlsOutput = |s3, req| done(s3.unconfigure(req.input.bucket, Kind::OwnershipControls).await);
    get_bucket_cors(GetBucketCorsInput) -> GetBucketCorsOutput = |s3, req| configuration::get_cors(s3, &req.input.bucket);
    put_bucket_cors(PutBucketCorsInput) -> PutBucketCorsOutput = |s3, req| done(s3.configure(req.input.bucket, Kind::Cors, req.input.cors_configuration).await);
    delete_bucket_cors(DeleteBucketCorsInput) -> DeleteBucketCorsOutput = |s3, req| done(s3.unconfigure(req.input.bucket, Kind::Cors).await);
    get_bucket_logging(GetBucketLoggingInput) -> GetBucketLoggingOutput = |s3, req| configuration::get_logging(s3, &req.input.bucket);
    put_bucket_logging(PutBucketLoggingInput) -> PutBucketLoggingOutput = |s3, req| done(s3.configure(req.input.bucket, Kind::Logging, req.input.bucket_logging_status).await);
    get_bucket_notification_configuration(GetBucketNotificationConfigurationInput) -> GetBucketNotificationConfigurationOutput = |s3, req| configuration::get_notification(s3, &req.input.bucket);
    put_bucket_notification_configuration(PutBucketNotificationConfigurationInput) -> PutBucketNotificationConfigurationOutput = |s3, req| done(s3.configure(req.input.bucket, Kind::Notification, req.input.notification_configuration).await);
    get_bucket_policy(GetBucketPolicyInput) -> GetBucketPolicyOutput = |s3, req| policy::get(s3, &req.input.bucket);
    get_bucket_policy_status(GetBucketPolicyStatusInput) -> GetBucketPolicyStatusOutput = |s3, req| policy::status(s3, &req.input.bucket);
    put_bucket_policy(PutBucketPolicyInput) -> PutBucketPolicyOutput = |s3, req| done(policy::put(s3, req.input.bucket, req.input.policy).await);
    delete_bucket_policy(DeleteBucketPolicyInput) -> DeleteBucketPolicyOutput = |s3, req| done(s3.unconfigure(req.input.bucket, Kind::Policy).await);
    get_bucket_request_payment(GetBucketRequestPaymentInput) -> GetBucketRequestPaymentOutput = |s3, req| unconfigured::request_payment(s3, &req.input.bucket);
    get_bucket_accelerate_configuration(GetBucketAccelerateConfigurationInput) -> GetBucketAccelerateConfigurationOutput = |s3, req| unconfigured::accelerate(s3, &req.input.bucket);
    get_bucket_website(GetBucketWebsiteInput) -> GetBucketWebsiteOutput = |s3, req| unconfigured::website(s3, &req.input.bucket);
    get_bucket_replication(GetBucketReplicationInput) -> GetBucketReplicationOutput = |s3, req| unconfigured::replication(s3, &req.input.bucket);
    get_object_lock_configuration(GetObjectLockConfigurationInput) -> GetObjectLockConfigurationOutput = |s3, req| unconfigured::object_lock(s3, &req.input.bucket);

    put_object(PutObjectInput) -> PutObjectOutput = |s3, req| put::put_object(s3, req).await;
    get_object(GetObjectInput) -> GetObjectOutput = |s3, req| get::get_object(s3, req.input).await;
    copy_object(CopyObjectInput) -> CopyObjectOutput = |s3, req| copy::copy_object(s3, req.input).await;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput = |s3, req| delete::delete_object(s3, req.input).await;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput = |s3, req| delete::delete_objects(s3, req.input).await;
    get_object_tagging(GetObjectTaggingInput) -> GetObjectTaggingOutput = |s3, req| object_tags::get_tagging(s3, &req.input);
    put_object_tagging(PutObjectTaggingInput) -> PutObjectTaggingOutput = |s3, req| object_tags::put_tagging(s3, req.input).await;
    delete_object_tagging(DeleteObjectTaggingInput) -> DeleteObjectTaggingOutput = |s3, req| object_tags::delete_tagging(s3, req.input).await;
    get_object_acl(GetObjectAclInput) -> GetObjectAclOutput = |s3, req| object_tags::acl(s3, &req.input);
    get_object_attributes(GetObjectAttributesInput) -> GetObjectAttributesOutput = |s3, req| attributes::get_attributes(s3, &req.input);

    list_objects(ListObjectsInput) -> ListObjectsOutput = |s3, req| listings::list_objects(s3, req.input).await;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output = |s3, req| listings::list_objects_v2(s3, req.input).await;
    list_object_versions(ListObjectVersionsInput) -> ListObjectVersionsOutput = |s3, req| listings::list_object_versions(s3, req.input).await;

    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput = |s3, req| multipart::create(s3, req.input).await;
    upload_part(UploadPartInput) -> UploadPartOutput = |s3, req| multipart::upload_part(s3, req).await;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput = |s3, req| multipart::upload_part_copy(s3, req.input).await;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput = |s3, req| complete::complete(s3, req.input).await;
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput = |s3, req| multipart::abort(s3, req.input).await;
    list_parts(ListPartsInput) -> ListPartsOutput = |s3, req| uploads::list_parts(s3, req.input);
    list_multipart_uploads(ListMultipartUploadsInput) -> ListMultipartUploadsOutput = |s3, req| uploads::list(s3, req.input);
}
