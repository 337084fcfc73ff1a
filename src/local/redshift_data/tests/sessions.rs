//! Sessions that are kept, and ListSessions.

use aws_sdk_redshiftdata::operation::list_sessions::builders::ListSessionsFluentBuilder;
use aws_sdk_redshiftdata::types::{SessionData, SessionStatusString};

use super::*;

impl World {
    fn list(&self) -> ListSessionsFluentBuilder {
        self.client.list_sessions()
    }

    async fn sessions(&self) -> Vec<SessionData> {
        self.list().send().await.unwrap().sessions
    }

    async fn closed(&self) -> Vec<SessionData> {
        let closed = self.list().status(SessionStatusString::Closed).send().await.unwrap();
        closed.sessions
    }

    /// A session that is idle, kept for so many seconds.
    async fn session(&self, seconds: i32) -> String {
        let first = self.execute("insert").session_keep_alive_seconds(seconds);
        let first = first.wait_time_seconds(30).send().await.unwrap();
        first.session_id.unwrap()
    }
}

#[tokio::test]
async fn a_session_is_kept_for_later_statements() {
    let world = World::new().await;
    let session = world.session(60).await;
    let next = || world.client.execute_statement().session_id(&session);
    next().sql("rows 1").wait_time_seconds(30).send().await.unwrap();
    let connects = world
        .log
        .lines()
        .iter()
        .filter(|line| line.starts_with("connect"))
        .count();
    assert_eq!(connects, 1);
    let busy = next().sql("wait").send().await.unwrap().id.unwrap();
    assert_eq!(refused!(next().sql("rows 1")).0, "ValidationException");
    world.log.release();
    world.ended(&busy).await;
    assert_eq!(refused!(next().sql("rows 1").database("dev")).0, "ValidationException");
    world.clock.pass(60_000);
    assert_eq!(refused!(next().sql("rows 1")).0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_session_is_available_busy_and_closed() {
    let world = World::new().await;
    let id = world.session(60).await;
    let seconds = |time: Option<&aws_smithy_types::DateTime>| time.map(|time| time.secs());
    let begun = {
        let [session] = &world.sessions().await[..] else {
            panic!("one session")
        };
        assert_eq!(session.session_id(), id);
        assert_eq!(session.status(), &SessionStatusString::Available);
        assert_eq!(
            (session.database(), session.db_user()),
            (Some("employees"), Some("admin"))
        );
        assert_eq!(session.workgroup_name(), Some("hr-compute"));
        assert_eq!(session.cluster_identifier(), None);
        assert_eq!(
            (session.session_alive_seconds(), session.current_statement_id()),
            (Some(60), None)
        );
        let begun = session.created_at().secs();
        assert_eq!(seconds(session.session_ttl()), Some(begun + 60));
        begun
    };

    world.clock.pass(10_000);
    let next = world.client.execute_statement().session_id(&id).sql("wait");
    let statement = next.session_keep_alive_seconds(30).send().await.unwrap().id.unwrap();
    let busy = world.sessions().await.remove(0);
    assert_eq!(busy.status(), &SessionStatusString::Busy);
    assert_eq!(busy.current_statement_id(), Some(statement.as_str()));
    assert_eq!(
        (seconds(busy.updated_at()), seconds(busy.session_ttl())),
        (Some(begun + 10), None)
    );
    world.log.release();
    world.ended(&statement).await;
    let idle = world.sessions().await.remove(0);
    assert_eq!(seconds(idle.session_ttl()), Some(begun + 40));

    world.clock.pass(30_000);
    assert_eq!(world.sessions().await, []);
    let [closed] = &world.closed().await[..] else {
        panic!("one session")
    };
    assert_eq!(closed.status(), &SessionStatusString::Closed);
    assert_eq!(seconds(closed.updated_at()), Some(begun + 40));
    let asked = world.list().session_id(&id).send().await.unwrap();
    assert_eq!(asked.sessions(), std::slice::from_ref(closed));
    world.clock.pass(24 * 3_600_000);
    assert_eq!(refused!(world.list().session_id(&id)).0, "ResourceNotFoundException");
    assert_eq!(world.closed().await, []);
}

#[tokio::test]
async fn no_session_lives_longer_than_a_day() {
    let world = World::new().await;
    let id = world.session(86_400).await;
    world.clock.pass(12 * 3_600_000);
    let next = || world.client.execute_statement().session_id(&id).sql("insert");
    next().wait_time_seconds(30).send().await.unwrap();
    world.clock.pass(12 * 3_600_000);
    assert_eq!(refused!(next()).0, "ResourceNotFoundException");
}

#[tokio::test]
async fn sessions_are_closed_by_a_restart() {
    let world = World::new().await;
    let id = world.session(600).await;
    // The first time the process is killed, the second time it stops.
    let world = world.reopen();
    assert_eq!(world.sessions().await, []);
    assert_eq!(world.closed().await[0].session_id(), id);
    world.session(600).await;
    world.service.stop().await;
    assert_eq!((world.sessions().await.len(), world.closed().await.len()), (0, 2));
}

#[tokio::test]
async fn sessions_are_listed_newest_first_by_place_and_in_pages() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        world.clock.pass(1000);
        ids.insert(0, world.session(60).await);
    }
    let at_cluster = world.client.execute_statement().sql("insert").cluster_identifier("hr");
    let at_cluster = at_cluster.database("dev").session_keep_alive_seconds(60);
    let at_cluster = at_cluster
        .wait_time_seconds(30)
        .send()
        .await
        .unwrap()
        .session_id
        .unwrap();
    let at_cluster = [at_cluster];
    let found = async |request: ListSessionsFluentBuilder| {
        let page = request.send().await.unwrap();
        let ids: Vec<_> = page
            .sessions()
            .iter()
            .map(|session| session.session_id().to_owned())
            .collect();
        (ids, page.next_token)
    };
    let of_workgroup = || world.list().workgroup_name("hr-compute");
    assert_eq!(found(of_workgroup()).await, (ids.clone(), None));
    assert_eq!(found(world.list().cluster_identifier("hr")).await.0, at_cluster);
    assert_eq!(found(world.list().database("dev")).await.0, at_cluster);
    assert_eq!(found(world.list().status("BUSY".into())).await.0, Vec::<String>::new());

    let (first, token) = found(of_workgroup().max_results(2)).await;
    assert_eq!(first, ids[..2]);
    let rest = of_workgroup().max_results(2).set_next_token(token);
    assert_eq!(found(rest.clone()).await, (ids[2..].to_vec(), None));
    // What the token says stays true when its session has closed meanwhile.
    let last = world.client.execute_statement().session_id(&ids[1]).sql("insert");
    let last = last.session_keep_alive_seconds(0).wait_time_seconds(30);
    last.send().await.unwrap();
    assert_eq!(found(rest).await.0, ids[2..]);
    assert_eq!(found(of_workgroup()).await.0.len(), 2);
}

#[tokio::test]
async fn a_list_of_sessions_is_of_one_place_or_one_session() {
    let world = World::new().await;
    let id = world.session(60).await;
    let one = || world.list().session_id(&id);
    for wrong in [
        one().status("BUSY".into()),
        one().cluster_identifier("hr"),
        one().workgroup_name("hr-compute"),
        one().database("dev"),
        world.list().cluster_identifier("hr").workgroup_name("hr-compute"),
        world.list().session_id("x"),
        world.list().status("OPEN".into()),
        world.list().max_results(101),
        world.list().next_token("x"),
    ] {
        assert_eq!(refused!(wrong).0, "ValidationException");
    }
    assert_eq!(one().role_level(false).send().await.unwrap().sessions().len(), 1);
}
