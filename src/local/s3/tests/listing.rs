use std::collections::BTreeMap;

use proptest::prelude::*;

use super::client::{Lab, code};
use crate::local::s3::list::{self, Item, Query, Scope};
use crate::local::s3::record::{Bucket, Encryption, Headers, Object, Versioning};
use crate::local::s3::{S3, index};

/// Puts an object (or a delete marker) straight into the index.
fn seed(s3: &S3, keys: &[(String, bool)]) {
    let bucket = Bucket {
        created: 0,
        region: "us-east-1".into(),
        versioning: Versioning::Enabled,
        tags: Vec::new(),
    };
    let object = Object {
        size: 1,
        etag: "e".into(),
        segments: Vec::new(),
        parts: None,
        sum: None,
        headers: Headers::default(),
        encryption: Encryption {
            algorithm: "AES256".into(),
            key: None,
            bucket_key: false,
        },
        tags: Vec::new(),
    };
    s3.write(|change| -> s3s::S3Result<()> {
        index::BUCKETS.put(change.tx, "data", &bucket)?;
        for (key, lives) in keys {
            let object = lives.then(|| object.clone());
            index::insert(change, ("data", &bucket), key, object, 1)?;
        }
        Ok(())
    })
    .unwrap();
}

/// The item that a key shows as.
fn common(key: &str, prefix: &str, delimiter: &str) -> Option<String> {
    let at = (!delimiter.is_empty())
        .then(|| key[prefix.len()..].find(delimiter))
        .flatten()?;
    Some(key[..prefix.len() + at + delimiter.len()].to_owned())
}

/// All items of a listing, by the book: what `list` must say, page by page.
fn model(keys: &[(String, bool)], prefix: &str, delimiter: &str, marker: &str, scope: Scope) -> Vec<String> {
    let mut histories: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for (key, lives) in keys {
        histories.entry(key).or_default().insert(0, *lives);
    }
    let mut items = Vec::new();
    for (key, history) in histories.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let shown = match scope {
            Scope::Current => usize::from(history[0]),
            Scope::Versions => history.len(),
        };
        match common(key, prefix, delimiter) {
            _ if shown == 0 => {}
            Some(folder) if items.last() == Some(&folder) => {}
            Some(folder) => items.push(folder),
            None => items.extend((0..shown).map(|_| (*key).to_owned())),
        }
    }
    items.retain(|item| item.as_str() > marker);
    items
}

fn name(item: &Item) -> String {
    match item {
        Item::Key { key, .. } => key.clone(),
        Item::Prefix(prefix) => prefix.clone(),
    }
}

fn by_pages(s3: &S3, mut query: Query, scope: Scope) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let page = list::list(&s3.env.store.read().unwrap(), &query, scope).unwrap();
        assert!(page.items.len() <= query.limit);
        found.extend(page.items.iter().map(name));
        if !page.truncated {
            return found;
        }
        assert_eq!(page.items.len(), query.limit, "a truncated page is full");
        match page.items.last().unwrap() {
            Item::Key { key, version, .. } => {
                query.marker = Some(key.clone());
                query.version_marker = (scope == Scope::Versions).then(|| version.id.clone());
            }
            Item::Prefix(prefix) => (query.marker, query.version_marker) = (Some(prefix.clone()), None),
        }
    }
}

/// Few letters, so that prefixes and delimiters meet; the ends of Unicode among them.
fn key() -> impl Strategy<Value = String> {
    let letter = prop::sample::select(vec!['a', 'b', '/', '-', '\u{1}', 'é', '\u{10FFFF}']);
    prop::collection::vec(letter, 1..6).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn listing_agrees_with_the_model(
        keys in prop::collection::vec((key(), prop::bool::weighted(0.7)), 0..40),
        queries in prop::collection::vec(
            (key(), 0_usize..3, prop::sample::select(vec!["", "/", "a/", "é"]), prop::option::of(key()), 1_usize..8),
            1..12,
        ),
    ) {
        let lab = Lab::new();
        seed(&lab.s3, &keys);
        for (prefix, length, delimiter, marker, limit) in &queries {
            let prefix: String = prefix.chars().take(*length).collect();
            for scope in [Scope::Current, Scope::Versions] {
                let query = Query {
                    bucket: "data".into(),
                    prefix: prefix.clone(),
                    delimiter: Some((*delimiter).to_owned()).filter(|delimiter| !delimiter.is_empty()),
                    marker: marker.clone(),
                    version_marker: None,
                    limit: *limit,
                };
                let expected = model(&keys, &prefix, delimiter, marker.as_deref().unwrap_or(""), scope);
                prop_assert_eq!(by_pages(&lab.s3, query.clone(), scope), expected, "{:?} {:?}", query, scope);
            }
        }
    }
}

#[test]
fn many_versions_of_one_key_are_skipped() {
    let lab = Lab::new();
    let mut keys: Vec<_> = (0..100).map(|_| ("a".to_owned(), true)).collect();
    keys.push(("b".to_owned(), true));
    seed(&lab.s3, &keys);
    let query = Query {
        bucket: "data".into(),
        prefix: String::new(),
        delimiter: None,
        marker: None,
        version_marker: None,
        limit: 10,
    };
    assert_eq!(by_pages(&lab.s3, query, Scope::Current), ["a", "b"]);
}

#[tokio::test]
async fn listings_through_the_client() {
    let lab = Lab::with_bucket().await;
    let c = &lab.client;
    for key in ["a/1", "a/2", "b c", "d/1", "é"] {
        lab.put(key, "x").await;
    }
    let v2 = c
        .list_objects_v2()
        .bucket("data")
        .delimiter("/")
        .max_keys(2)
        .send()
        .await
        .unwrap();
    assert_eq!((v2.key_count(), v2.is_truncated()), (Some(2), Some(true)));
    assert_eq!(v2.common_prefixes()[0].prefix(), Some("a/"));
    assert_eq!(v2.contents()[0].key(), Some("b c"));
    assert_eq!(v2.contents()[0].size(), Some(1));
    assert!(v2.contents()[0].owner().is_none());
    let token = v2.next_continuation_token().unwrap();
    let next = c
        .list_objects_v2()
        .bucket("data")
        .delimiter("/")
        .continuation_token(token)
        .fetch_owner(true);
    let next = next.send().await.unwrap();
    assert_eq!(next.common_prefixes()[0].prefix(), Some("d/"));
    assert_eq!(next.contents()[0].key(), Some("é"));
    assert!(next.contents()[0].owner().is_some());

    let v1 = c
        .list_objects()
        .bucket("data")
        .delimiter("/")
        .max_keys(1)
        .send()
        .await
        .unwrap();
    assert_eq!((v1.next_marker(), v1.is_truncated()), (Some("a/"), Some(true)));
    let rest = c.list_objects().bucket("data").marker("b c").send().await.unwrap();
    let keys: Vec<_> = rest.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(keys, ["d/1", "é"]);

    let encoded = c
        .list_objects_v2()
        .bucket("data")
        .encoding_type(aws_sdk_s3::types::EncodingType::Url);
    let encoded = encoded.start_after("a/2").send().await.unwrap();
    let keys: Vec<_> = encoded.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(keys, ["b+c", "d/1", "%C3%A9"]);

    let none = c.list_objects_v2().bucket("data").max_keys(0).send().await.unwrap();
    assert_eq!((none.key_count(), none.is_truncated()), (Some(0), Some(false)));
    assert_eq!(code(c.list_objects_v2().bucket("nowhere").send().await), "NoSuchBucket");
    assert_eq!(
        code(c.list_objects_v2().bucket("data").continuation_token("?").send().await),
        "InvalidArgument"
    );
    assert_eq!(
        code(c.list_objects_v2().bucket("data").max_keys(-1).send().await),
        "InvalidArgument"
    );
}
