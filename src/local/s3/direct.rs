//! Whole objects as files, for the services around S3.

use std::fs::File;
use std::path::Path;

use super::record::Object;
use super::{ObjectMeta, S3, blob, delete, get, index, put};
use crate::local::error::AwsError;
use crate::local::objects::{Objects, Stored};

impl Objects for S3 {
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<Stored>, AwsError> {
        let tx = self.env.store.read()?;
        index::bucket(&tx, bucket)?;
        let start = format!("{bucket}\0");
        let (mut found, mut last) = (Vec::new(), None);
        index::VERSIONS.scan(&tx, &format!("{start}{prefix}"), None, |entry, version| {
            let key = index::split(entry, start.len()).0;
            // A key's newest version comes first; the others, and keys under a delete marker, are passed over.
            if last.as_deref() != Some(key) {
                last = Some(key.to_owned());
                found.extend(version.object.map(|object| stored(key, object)));
            }
            true
        })?;
        Ok(found)
    }

    fn head(&self, bucket: &str, key: &str) -> Result<Stored, AwsError> {
        let found = get::find(&self.env.store.read()?, bucket, key, None)?;
        Ok(stored(key, found.object))
    }

    fn materialise(&self, bucket: &str, key: &str, to: &Path) -> Result<(), AwsError> {
        let object = get::find(&self.env.store.read()?, bucket, key, None)?.object;
        if let [segment] = object.segments.as_slice() {
            return Ok(blob::link(&self.blobs.path(&segment.blob), to)?);
        }
        let mut whole = File::create_new(to)?;
        for segment in &object.segments {
            std::io::copy(&mut File::open(self.blobs.path(&segment.blob))?, &mut whole)?;
        }
        Ok(())
    }

    fn store(&self, bucket: &str, key: &str, body: &Path, content_type: &str) -> Result<(), AwsError> {
        let meta = ObjectMeta {
            content_type: Some(content_type.to_owned()),
            ..ObjectMeta::default()
        };
        put::put_file(self, bucket, key, body, meta, |_| Ok(()))
    }

    fn remove(&self, bucket: &str, key: &str) -> Result<(), AwsError> {
        delete::delete_newest(self, bucket, key)
    }
}

fn stored(key: &str, object: Object) -> Stored {
    Stored {
        key: key.to_owned(),
        size: object.size,
        etag: object.etag,
        content_encoding: object.headers.content_encoding,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::local::s3::tests::client::Lab;

    #[tokio::test]
    async fn objects_are_listed_read_and_deleted_as_files() {
        let lab = Lab::new();
        lab.client.create_bucket().bucket("lake").send().await.unwrap();
        let put = async |key: &str, body: &'static [u8]| {
            let request = lab.client.put_object().bucket("lake").key(key);
            request.body(body.to_vec().into()).send().await.unwrap();
        };
        put("raw/a", b"1").await;
        put("raw/b", b"22").await;
        put("rest", b"333").await;
        let keys = |prefix: &str| -> Vec<_> {
            let found = lab.s3.list("lake", prefix).unwrap();
            found.into_iter().map(|object| (object.key, object.size)).collect()
        };
        assert_eq!(keys("raw/"), [("raw/a".into(), 1), ("raw/b".into(), 2)]);
        let file = lab.dir.path().join("copy");
        lab.s3.materialise("lake", "raw/b", &file).unwrap();
        lab.s3.remove("lake", "raw/b").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"22");
        assert_eq!(keys(""), [("raw/a".into(), 1), ("rest".into(), 3)]);
        assert_eq!(lab.s3.head("lake", "raw/b").unwrap_err().code, "NoSuchKey");
        fs::write(&file, b"new").unwrap();
        lab.s3.store("lake", "new", &file, "text/plain").unwrap();
        assert_eq!((lab.s3.head("lake", "new").unwrap().size, file.exists()), (3, false));
        assert_eq!(lab.s3.list("other", "").unwrap_err().code, "NoSuchBucket");
    }
}
