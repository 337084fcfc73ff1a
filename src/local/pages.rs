//! Pages that the program serves beside the services of AWS, below `/_pipectl/`, where no bucket can be.

use async_trait::async_trait;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use s3s::Body;

/// A page.
pub struct Page {
    status: u16,
    content_type: &'static str,
    body: String,
}

impl Page {
    pub fn html(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "text/html; charset=utf-8",
            body,
        }
    }

    pub fn text(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body,
        }
    }
}

/// Who makes the pages.
#[async_trait]
pub trait Pages: Send + Sync {
    /// The page at a path; `None` if there is none.
    async fn page(&self, path: &str) -> Option<Page>;
}

/// Answers a GET. Only readers on this machine get data: a name that somebody else's DNS points at 127.0.0.1 is refused
/// (DNS rebinding).
pub(crate) async fn answer(pages: &dyn Pages, request: &Request<Body>) -> Option<Response<Body>> {
    if request.method() != Method::GET {
        return None;
    }
    let page = match is_local(request) {
        true => pages.page(request.uri().path()).await?,
        false => Page::text(421, "pages are served under 127.0.0.1 and localhost only".to_owned()),
    };
    let mut response = Response::new(Body::from(page.body));
    *response.status_mut() = StatusCode::from_u16(page.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(response)
}

fn is_local(request: &Request<Body>) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(http::uri::Authority::as_str));
    let Some(authority) = host.and_then(|host| host.parse::<http::uri::Authority>().ok()) else {
        return false;
    };
    matches!(authority.host(), "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hello;

    #[async_trait]
    impl Pages for Hello {
        async fn page(&self, path: &str) -> Option<Page> {
            (path == "/_pipectl/hello").then(|| Page::html(200, "hello".to_owned()))
        }
    }

    async fn ask(host: &str, path: &str) -> Option<u16> {
        let request = Request::get(path).header(header::HOST, host);
        let request = request.body(Body::empty()).unwrap();
        answer(&Hello, &request)
            .await
            .map(|response| response.status().as_u16())
    }

    #[tokio::test]
    async fn only_readers_on_this_machine_get_pages() {
        assert_eq!(ask("127.0.0.1:4566", "/_pipectl/hello").await, Some(200));
        assert_eq!(ask("localhost", "/_pipectl/hello").await, Some(200));
        assert_eq!(ask("attacker.example:4566", "/_pipectl/hello").await, Some(421));
        assert_eq!(ask("127.0.0.1", "/_pipectl/other").await, None);
    }
}
