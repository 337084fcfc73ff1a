//! GetStatementResult and GetStatementResultV2.

use aws_sdk_redshiftdata::types::QueryRecords;

use super::*;

#[tokio::test]
async fn a_result_has_typed_fields_and_columns() {
    let world = World::new().await;
    let id = world.run("rows 2").await.id;
    let result = world.client.get_statement_result().id(&id).send().await.unwrap();
    assert_eq!(result.total_num_rows(), 2);
    assert_eq!(result.column_metadata()[0].type_name(), Some("int8"));
    let row = &result.records()[1];
    assert_eq!(row[0], Field::LongValue(1));
    assert_eq!(row[1], Field::StringValue("row 1".into()));
    assert!(result.next_token().is_none());
    assert_eq!(
        refused!(world.client.get_statement_result_v2().id(&id)).0,
        "ValidationException"
    );
}

#[tokio::test]
async fn a_large_result_comes_in_pages() {
    let world = World::new().await;
    let id = world.run("rows 50000").await.id;
    let (mut token, mut next, mut pages) = (None, 0, 0);
    loop {
        let request = world.client.get_statement_result().id(&id).set_next_token(token);
        let page = request.send().await.unwrap();
        for row in page.records() {
            assert_eq!(row[0], Field::LongValue(next));
            next += 1;
        }
        pages += 1;
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(next, 50_000);
    assert!(pages > 1, "{pages}");
    let nonsense = world.client.get_statement_result().id(&id).next_token("%");
    assert_eq!(refused!(nonsense).0, "ValidationException");
}

#[tokio::test]
async fn a_result_can_be_csv() {
    let world = World::new().await;
    let request = world
        .execute("rows 2")
        .result_format("CSV".into())
        .wait_time_seconds(30);
    let id = request.send().await.unwrap().id.unwrap();
    let result = world.client.get_statement_result_v2().id(&id).send().await.unwrap();
    assert_eq!(
        result.records(),
        [QueryRecords::CsvRecords("0,row 0\r\n1,row 1\r\n".into())]
    );
    assert_eq!(result.total_num_rows(), 2);
    assert_eq!(
        refused!(world.client.get_statement_result().id(&id)).0,
        "ValidationException"
    );
}

#[tokio::test]
async fn what_has_no_result_says_so() {
    let world = World::new().await;
    for sql in ["insert", "fail"] {
        let id = world.run(sql).await.id;
        let (code, message) = refused!(world.client.get_statement_result().id(&id));
        assert_eq!(code, "ResourceNotFoundException");
        assert_eq!(
            message,
            "Query does not have result. Please check query status with DescribeStatement."
        );
    }
    let nobody = "00000000-0000-0000-0000-000000000000";
    assert_eq!(
        refused!(world.client.get_statement_result().id(nobody)).1,
        "Query does not exist."
    );
}

#[tokio::test]
async fn a_result_that_is_too_large_fails_the_statement() {
    let world = World::new().await;
    let failed = world.run("big").await;
    assert_eq!(status(&failed), "FAILED");
    assert!(failed.error().unwrap().contains("100 MB"), "{:?}", failed.error());
    let failed = world.run("wide").await;
    assert_eq!(status(&failed), "FAILED");
    assert!(
        failed.error().unwrap().starts_with("Packet for query is too large"),
        "{:?}",
        failed.error()
    );
}
