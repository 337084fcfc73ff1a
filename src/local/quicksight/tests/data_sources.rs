//! Data sources: the connection behind them, credentials, deletion.

use super::*;

#[tokio::test]
async fn a_data_source_shows_after_a_while_that_it_connects() {
    let world = World::new();
    let created = world
        .new_source("source")
        .permissions(permission(ADMIN, &["DescribeDataSource", "PassDataSource"]))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 202);
    assert_eq!(created.creation_status().unwrap().as_str(), "CREATION_IN_PROGRESS");
    assert!(!created.request_id().unwrap().is_empty());
    let status = |source: &ShownSource| source.status().unwrap().as_str().to_owned();
    assert_eq!(status(&world.describe_source().await), "CREATION_IN_PROGRESS");
    world.clock.pass(50);
    let source = world.describe_source().await;
    assert_eq!(status(&source), "CREATION_SUCCESSFUL");
    assert_eq!(source.error_info(), None);
    let parameters = source
        .data_source_parameters()
        .unwrap()
        .as_redshift_parameters()
        .unwrap();
    assert_eq!((parameters.host(), parameters.port()), (Some("warehouse"), 5439));
    let (code, _) = refused!(world.new_source("source"));
    assert_eq!(code, "ResourceExistsException");
}

#[tokio::test]
async fn a_data_source_that_cannot_connect_fails_and_says_why() {
    let world = World::new();
    world
        .new_source("source")
        .data_source_parameters(parameters("elsewhere"))
        .send()
        .await
        .unwrap();
    assert_eq!(world.describe_source().await.error_info(), None);
    world.clock.pass(50);
    let source = world.describe_source().await;
    assert_eq!(source.status().unwrap().as_str(), "CREATION_FAILED");
    assert_eq!(source.error_info().unwrap().r#type().unwrap().as_str(), "UNKNOWN_HOST");

    let update = || {
        let request = world.client.update_data_source().aws_account_id(ACCOUNT);
        let request = request.data_source_id("source").name("new name");
        request.data_source_parameters(parameters("warehouse"))
    };
    // Credentials are not carried over.
    update().send().await.unwrap();
    let (code, _) = refused!(update());
    assert_eq!(code, "ConflictException");
    world.clock.pass(50);
    let source = world.describe_source().await;
    assert_eq!(source.status().unwrap().as_str(), "UPDATE_FAILED");
    assert_eq!(source.error_info().unwrap().r#type().unwrap().as_str(), "ACCESS_DENIED");
    update().credentials(password("wrong")).send().await.unwrap();
    world.clock.pass(50);
    let fault = world.describe_source().await;
    assert_eq!(
        fault.error_info().unwrap().r#type().unwrap().as_str(),
        "GENERIC_SQL_FAILURE"
    );
    update().credentials(password("right")).send().await.unwrap();
    world.clock.pass(50);
    let source = world.describe_source().await;
    assert_eq!(source.status().unwrap().as_str(), "UPDATE_SUCCESSFUL");
    assert_eq!((source.name(), source.error_info()), (Some("new name"), None));
}

#[tokio::test]
async fn what_a_data_source_needs_is_asked_for() {
    let world = World::new();
    let blank = RedshiftParameters::builder().database("employees").build().unwrap();
    let (code, message) = refused!(
        world
            .new_source("source")
            .data_source_parameters(DataSourceParameters::RedshiftParameters(blank))
    );
    assert_eq!(code, "InvalidParameterValueException");
    assert!(message.contains("ClusterId, or Host and Port"), "{message}");
    let (code, message) = refused!(world.new_source("source").r#type(DataSourceType::Athena));
    assert_eq!((&*code, message.contains("ATHENA")), ("NotImplemented", true));
    let (code, message) = refused!(world.new_source("source").name(""));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("at 'name'"), "{message}");
    let nobody = permission(
        "arn:aws:quicksight:us-east-1:000000000000:user/default/nobody",
        &["PassDataSource"],
    );
    let (code, message) = refused!(world.new_source("source").permissions(nobody));
    assert_eq!(code, "InvalidParameterValueException");
    assert!(message.contains("no such user"), "{message}");
    let action = permission(ADMIN, &["PassDataSet"]);
    let (code, _) = refused!(world.new_source("source").permissions(action));
    assert_eq!(code, "InvalidParameterValueException");
}

#[tokio::test]
async fn data_sources_are_listed_in_pages_and_searched() {
    let world = World::new();
    for id in ["a", "b", "c"] {
        world.new_source(id).send().await.unwrap();
    }
    let list = || world.client.list_data_sources().aws_account_id(ACCOUNT).max_results(2);
    let first = list().send().await.unwrap();
    let ids = |sources: &[ShownSource]| sources.iter().map(|s| s.name.clone().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids(first.data_sources()), ["a", "b"]);
    let second = list().next_token(first.next_token.unwrap()).send().await.unwrap();
    assert_eq!(
        (ids(second.data_sources()), second.next_token),
        (vec!["c".to_owned()], None)
    );
    let (code, _) = refused!(list().next_token("%"));
    assert_eq!(code, "InvalidNextTokenException");
    let filter = aws_sdk_quicksight::types::DataSourceSearchFilter::builder()
        .name(aws_sdk_quicksight::types::DataSourceFilterAttribute::DatasourceName)
        .operator(aws_sdk_quicksight::types::FilterOperator::StringLike)
        .value("B");
    let search = world.client.search_data_sources().aws_account_id(ACCOUNT);
    let found = search.filters(filter.build().unwrap()).send().await.unwrap();
    assert_eq!(found.data_source_summaries().len(), 1);
}
