//! The SDK clients for one environment.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation, SharedInterceptor};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::error::{Error, ErrorKind};
use super::locate::Locate;
use super::record::Recorder;
use super::subscription::Subscription;

/// Where requests go.
#[derive(Clone, Debug)]
pub struct Target {
    pub region: String,
    pub endpoint: Endpoint,
    /// Named profile of the AWS config file; only for AWS itself and endpoints that are not on this machine.
    pub profile: Option<String>,
    /// Appends each request to this file (see `record.rs`).
    pub record_requests: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub enum Endpoint {
    Aws,
    /// An emulator or another server that speaks AWS's APIs.
    Url(String),
    /// A service inside this process: no socket, no credentials chain, no environment, no config files.
    InProcess(SharedHttpClient),
}

/// One client for each service.
#[derive(Clone, Debug)]
pub struct Clients {
    pub sts: aws_sdk_sts::Client,
    pub iam: aws_sdk_iam::Client,
    pub s3: aws_sdk_s3::Client,
    pub kinesis: aws_sdk_kinesis::Client,
    pub firehose: aws_sdk_firehose::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub glue: aws_sdk_glue::Client,
    pub redshift: aws_sdk_redshift::Client,
    pub redshift_serverless: aws_sdk_redshiftserverless::Client,
    pub redshift_data: aws_sdk_redshiftdata::Client,
    pub quicksight: aws_sdk_quicksight::Client,
    /// Whether the account has QuickSight, once somebody asked.
    pub subscription: Subscription,
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    /// The region requests are signed for.
    pub region: String,
    /// Anything but AWS itself.
    pub emulated: bool,
}

/// Names no host: what is in process is never looked up. `https`, so that policies that demand TLS let it pass.
const IN_PROCESS_URL: &str = "https://in-process.invalid";

/// Makes the clients. Sends nothing; credentials are looked up with the first request.
///
/// Fails if the file to record requests in cannot be opened.
pub async fn connect(target: &Target) -> Result<Clients, Error> {
    let config = match &target.endpoint {
        Endpoint::Aws => chain(target).load().await,
        Endpoint::Url(url) if is_loopback(url) => fixed(target, url),
        Endpoint::Url(url) => emulator(chain(target).endpoint_url(url).load().await),
        Endpoint::InProcess(client) => {
            let retries = RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_millis(20));
            let builder = fixed(target, IN_PROCESS_URL).into_builder();
            builder.http_client(client.clone()).retry_config(retries).build()
        }
    };
    let path_style = !matches!(target.endpoint, Endpoint::Aws);
    Ok(clients(
        &config,
        path_style,
        interceptors(target)?,
        target.region.clone(),
    ))
}

/// AWS's default chain: environment, profiles, SSO, web identity, container, instance.
fn chain(target: &Target) -> aws_config::ConfigLoader {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(target.region.clone()))
        .app_name(app_name())
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .timeout_config(timeouts());
    match &target.profile {
        Some(profile) => loader.profile_name(profile),
        None => loader,
    }
}

/// Made-up credentials and nothing read from the environment: real keys never go to an emulator.
fn fixed(target: &Target, url: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "pipectl");
    let builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(target.region.clone()))
        .app_name(app_name())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url);
    emulator(builder.build())
}

/// Emulators know fewer checksum algorithms than AWS: send one only where the API demands it.
fn emulator(config: SdkConfig) -> SdkConfig {
    config
        .into_builder()
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .build()
}

/// The read timeout covers sending the request too: a part of a multipart upload on a slow line.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(120))
        .build()
}

/// Shows as `app/pipectl-<version>` in the User-Agent; a slash is not allowed inside the name.
fn app_name() -> AppName {
    AppName::new(concat!("pipectl-", env!("CARGO_PKG_VERSION"))).expect("letters, digits, dots and a dash are valid")
}

fn interceptors(target: &Target) -> Result<Vec<SharedInterceptor>, Error> {
    let mut interceptors = vec![SharedInterceptor::new(Locate)];
    if let Some(path) = &target.record_requests {
        let recorder = Recorder::open(path).map_err(|error| {
            let message = format!("cannot write the record of requests: {error}");
            Error::new(
                "pipectl",
                "record requests",
                &path.display().to_string(),
                ErrorKind::Fatal,
                message,
            )
            .with_hint("check PIPECTL_RECORD_REQUESTS: it must name a file in a folder that exists")
        })?;
        interceptors.push(SharedInterceptor::new(recorder));
    }
    Ok(interceptors)
}

fn clients(config: &SdkConfig, emulated: bool, interceptors: Vec<SharedInterceptor>, region: String) -> Clients {
    macro_rules! client {
        ($sdk:ident $(, $setting:ident($value:expr))*) => {{
            let mut builder = $sdk::config::Builder::from(config)$(.$setting($value))*;
            builder.set_interceptors(interceptors.iter().cloned());
            $sdk::Client::from_conf(builder.build())
        }};
    }
    Clients {
        sts: client!(aws_sdk_sts),
        iam: client!(aws_sdk_iam),
        s3: client!(aws_sdk_s3, force_path_style(emulated)),
        kinesis: client!(aws_sdk_kinesis),
        firehose: client!(aws_sdk_firehose),
        logs: client!(aws_sdk_cloudwatchlogs),
        cloudwatch: client!(aws_sdk_cloudwatch),
        glue: client!(aws_sdk_glue),
        redshift: client!(aws_sdk_redshift),
        redshift_serverless: client!(aws_sdk_redshiftserverless),
        redshift_data: client!(aws_sdk_redshiftdata),
        quicksight: client!(aws_sdk_quicksight),
        subscription: Subscription::default(),
        tagging: client!(aws_sdk_resourcegroupstagging),
        region,
        emulated,
    }
}

/// True if a URL's host is this machine: 127.0.0.0/8, `[::1]`, `localhost`, a name under `.localhost`, or LocalStack's
/// public name for 127.0.0.1.
pub fn is_loopback(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return false;
    };
    let Some(host) = uri.host().map(str::to_ascii_lowercase) else {
        return false;
    };
    if host == "localhost" || host.ends_with(".localhost") || host == "localhost.localstack.cloud" {
        return true;
    }
    host.trim_matches(['[', ']'])
        .parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_this_machine() {
        for url in [
            "http://127.0.0.1:4566",
            "http://127.9.9.9",
            "http://localhost:4566/",
            "http://LOCALHOST",
            "http://[::1]:80",
            "https://localhost.localstack.cloud:4566",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://evil-localhost.localstack.cloud.example.com",
            "http://10.0.0.1",
            "https://kinesis.us-east-1.amazonaws.com",
            "http://127.0.0.1@example.com/",
            "",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[tokio::test]
    async fn a_refused_connection_names_the_endpoint() {
        // Port 1 of the loopback address: nothing listens there.
        let endpoint = Endpoint::Url("http://127.0.0.1:1".into());
        let target = Target {
            region: "us-east-1".into(),
            endpoint,
            profile: None,
            record_requests: None,
        };
        let clients = connect(&target).await.unwrap();
        let config = aws_sdk_sts::config::Config::builder().retry_config(RetryConfig::disabled());
        let call = clients.sts.get_caller_identity().customize().config_override(config);
        let error = super::super::failure("sts", "GetCallerIdentity", "the caller", call.send().await.unwrap_err());
        assert_eq!(error.kind, ErrorKind::Unreachable);
        assert!(error.hint().unwrap().contains("http://127.0.0.1:1"), "{error:?}");
        assert!(error.to_string().to_ascii_lowercase().contains("refused"), "{error}");
    }

    #[tokio::test]
    async fn an_unwritable_record_is_an_error() {
        let target = Target {
            region: "us-east-1".into(),
            endpoint: Endpoint::Url("http://127.0.0.1:1".into()),
            profile: None,
            record_requests: Some("/nonexistent/folder/requests.jsonl".into()),
        };
        assert!(connect(&target).await.is_err());
    }
}
