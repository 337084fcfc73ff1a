//! What a warehouse takes at a time.

use futures::future::join_all;

use super::*;

#[tokio::test]
async fn a_warehouse_takes_500_statements_at_a_time() {
    let world = World::in_memory().await;
    let begun = join_all((0..500).map(|_| world.submit("wait"))).await;
    let quota = (
        "ActiveStatementsExceededException".to_owned(),
        "Active statements exceeded the allowed quota (500).".to_owned(),
    );
    assert_eq!(refused!(world.execute("rows 1")), quota);
    let batch = world.client.batch_execute_statement().sqls("rows 1");
    let batch = batch.workgroup_name("hr-compute").database("employees");
    assert_eq!(refused!(batch), quota);
    let session = world.execute("rows 1").session_keep_alive_seconds(60);
    assert_eq!(refused!(session), quota);
    assert!(world.client.list_sessions().send().await.unwrap().sessions().is_empty());

    let elsewhere = world.client.execute_statement().sql("wait").cluster_identifier("hr");
    elsewhere.database("dev").send().await.unwrap();
    world.client.cancel_statement().id(&begun[499]).send().await.unwrap();
    world.ended(&begun[499]).await;
    world.submit("wait").await;
    assert_eq!(refused!(world.execute("rows 1")), quota);
    world.service.stop().await;
}

#[tokio::test]
async fn a_warehouse_keeps_500_sessions_at_a_time() {
    let world = World::in_memory().await;
    world.log.release();
    let session = || world.execute("insert").session_keep_alive_seconds(60);
    let kept = join_all((0..500).map(|_| session().wait_time_seconds(30).send())).await;
    assert!(kept.iter().all(Result::is_ok));
    assert_eq!(
        refused!(session()),
        (
            "ActiveSessionsExceededException".to_owned(),
            "Active sessions exceeded the allowed quota (500).".to_owned()
        )
    );
    world.submit("insert").await;
    let elsewhere = world.client.execute_statement().sql("insert").cluster_identifier("hr");
    let elsewhere = elsewhere.database("dev").session_keep_alive_seconds(60);
    elsewhere.send().await.unwrap();
    world.clock.pass(60_000);
    session().send().await.unwrap();
}
