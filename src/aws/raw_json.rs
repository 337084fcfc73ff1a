//! JSON bodies as they are, for operations whose input or output is too large to go through the SDK's types.
//!
//! A QuickSight dashboard's definition has some 900 structures, and CloudFormation's shapes of them are the API's own
//! (<https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardVersionDefinition.html>): what a person
//! wrote is sent as it is. The SDK still does everything else: paths, signing, retries, errors.
//!
//! ```text
//! let body = RawJson::sending(members);
//! let sent = client.update_dashboard().aws_account_id(..).customize().interceptor(body.clone()).send().await;
//! let answer = body.answer(sent).map_err(|error| failure("quicksight", "UpdateDashboard", id, error))?;
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sts::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::{BoxError, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use serde_json::{Map, Value};

/// One exchange whose bodies are JSON of ours. A clone goes to the operation as an interceptor.
#[derive(Clone, Debug)]
pub struct RawJson {
    /// Members for the request's body, in place of those that the SDK wrote.
    members: Arc<Map<String, Value>>,
    answer: Arc<Mutex<Option<Value>>>,
}

impl RawJson {
    /// Puts these members into the request's body and keeps the answer's.
    pub fn sending(members: Map<String, Value>) -> Self {
        Self {
            members: Arc::new(members),
            answer: Arc::default(),
        }
    }

    /// Keeps the answer's body.
    pub fn reading() -> Self {
        Self::sending(Map::new())
    }

    /// The body of an answer that says success, whatever the SDK made of it: an emulator's timestamps may be of a form
    /// that its types refuse.
    ///
    /// # Errors
    /// Those of the call.
    pub fn answer<T, E>(&self, sent: Result<T, SdkError<E, HttpResponse>>) -> Result<Value, SdkError<E, HttpResponse>> {
        let kept = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (kept, sent) {
            (Some(body), _) => Ok(body),
            (None, Ok(_)) => Ok(Value::Null),
            (None, Err(error)) => Err(error),
        }
    }
}

impl Intercept for RawJson {
    fn name(&self) -> &'static str {
        "RawJson"
    }

    /// Before signing, so that the signature covers what is sent; the content length goes with it.
    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.members.is_empty() {
            return Ok(());
        }
        let request = context.request_mut();
        let written = request.body().bytes().unwrap_or_default();
        let mut body: Map<String, Value> = match written {
            [] => Map::new(),
            written => serde_json::from_slice(written)?,
        };
        for (name, value) in self.members.iter() {
            body.insert(name.clone(), value.clone());
        }
        let body = serde_json::to_vec(&body)?;
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        Ok(())
    }

    /// Of each attempt; only the last one can be a success.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().filter(|_| response.status().is_success());
        let body = body.and_then(|body| serde_json::from_slice(body).ok());
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = body.filter(Value::is_object);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::failure;
    use crate::aws::script::{Answer, Script};

    fn members(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[tokio::test]
    async fn members_replace_those_of_the_sdk_before_signing_and_recording() {
        let dir = tempfile::tempdir().unwrap();
        let record = dir.path().join("requests.jsonl");
        let script = Script::new(|_| Answer::json(r#"{"Arn": "a", "Extra": {"Deep": [1, 2]}}"#));
        let clients = script.recorded(&record).await;
        let body = RawJson::sending(members(json!({"Name": "new", "Definition": {"Sheets": []}})));
        let request = clients.quicksight.update_dashboard();
        let request = request.aws_account_id("111122223333").dashboard_id("d").name("old");
        let sent = request
            .version_description("v")
            .customize()
            .interceptor(body.clone())
            .send();
        let answer = body.answer(sent.await).unwrap();
        assert_eq!(answer["Extra"]["Deep"], json!([1, 2]));

        let seen = script.seen().remove(0);
        let expected = json!({"Name": "new", "VersionDescription": "v", "Definition": {"Sheets": []}});
        assert_eq!(seen.json(), expected);
        let length = seen.body.len().to_string();
        assert_eq!(seen.header("content-length"), Some(length.as_str()));
        assert!(seen.header("authorization").unwrap().contains("content-length"));

        let line: Value = serde_json::from_str(&std::fs::read_to_string(&record).unwrap()).unwrap();
        let recorded = base64_simd::STANDARD
            .decode_to_vec(line["body"].as_str().unwrap())
            .unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&recorded).unwrap(), expected);
        assert_eq!(
            (&line["service"], &line["operation"]),
            (&json!("quicksight"), &json!("UpdateDashboard"))
        );
    }

    /// The SDK refuses text where a timestamp should be; the body is there all the same.
    #[tokio::test]
    async fn an_answer_that_the_sdk_refuses_is_read() {
        let script =
            Script::new(|_| Answer::json(r#"{"DataSource": {"CreatedTime": "2026-11-25T10:00:00", "Name": "n"}}"#));
        let clients = script.clients().await;
        let request = clients
            .quicksight
            .describe_data_source()
            .aws_account_id("1")
            .data_source_id("s");
        let body = RawJson::reading();
        let answer = body
            .answer(request.customize().interceptor(body.clone()).send().await)
            .unwrap();
        assert_eq!(answer["DataSource"]["Name"], "n");
    }

    #[tokio::test]
    async fn a_refusal_stays_one() {
        let script = Script::new(|_| Answer::error("ResourceNotFoundException", "no such thing").status(404));
        let clients = script.clients().await;
        let request = clients
            .quicksight
            .describe_data_set()
            .aws_account_id("1")
            .data_set_id("s");
        let body = RawJson::reading();
        let error = body
            .answer(request.customize().interceptor(body.clone()).send().await)
            .unwrap_err();
        assert!(failure("quicksight", "DescribeDataSet", "s", error).is(crate::aws::ErrorKind::NotFound));
    }
}
