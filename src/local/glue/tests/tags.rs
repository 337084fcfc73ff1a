use super::*;
use crate::local::tagging::TagSource;

#[tokio::test]
async fn jobs_databases_and_triggers_carry_tags() {
    let world = World::new();
    let client = world.job("succeed").await;
    let database = aws_sdk_glue::types::DatabaseInput::builder()
        .name("hr")
        .build()
        .unwrap();
    client
        .create_database()
        .database_input(database)
        .tags("a", "1")
        .send()
        .await
        .unwrap();
    let job = "arn:aws:glue:us-east-1:000000000000:job/j";
    client
        .tag_resource()
        .resource_arn(job)
        .tags_to_add("b", "2")
        .tags_to_add("c", "3")
        .send()
        .await
        .unwrap();
    client
        .untag_resource()
        .resource_arn(job)
        .tags_to_remove("c")
        .send()
        .await
        .unwrap();
    let tags = client.get_tags().resource_arn(job).send().await.unwrap().tags.unwrap();
    assert_eq!(tags, [("b".to_owned(), "2".to_owned())].into());
    let glue = world.glue();
    let tagged: BTreeSet<String> = glue.tagged().unwrap().into_iter().map(|(arn, _)| arn).collect();
    assert_eq!(
        tagged,
        [job, "arn:aws:glue:us-east-1:000000000000:database/hr"]
            .map(str::to_owned)
            .into()
    );
    let more = BTreeMap::from([("d".to_owned(), "4".to_owned())]);
    assert!(TagSource::tag(glue.as_ref(), job, &more).unwrap());
    assert!(!TagSource::tag(glue.as_ref(), "arn:aws:glue:us-east-1:000000000000:crawler/x", &more).unwrap());
    assert!(TagSource::untag(glue.as_ref(), job, &["b".to_owned()]).unwrap());
    assert_eq!(
        client
            .get_tags()
            .resource_arn(job)
            .send()
            .await
            .unwrap()
            .tags
            .unwrap()
            .len(),
        1
    );

    let (code, _) = refused!(
        client
            .get_tags()
            .resource_arn("arn:aws:glue:us-east-1:000000000000:job/none")
    );
    assert_eq!(code, "EntityNotFoundException");
    assert_eq!(
        refused!(client.get_tags().resource_arn("job/j")).0,
        "ValidationException"
    );
    let reserved = client.tag_resource().resource_arn(job).tags_to_add("aws:x", "1");
    assert_eq!(refused!(reserved).0, "InvalidInputException");
}
