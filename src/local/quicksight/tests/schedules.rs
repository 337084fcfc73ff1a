//! Refresh schedules: limits, and the ingestions they start.

use aws_sdk_quicksight::types::{
    DayOfWeek, IngestionType, RefreshFrequency, RefreshInterval, RefreshSchedule, ScheduleRefreshOnEntity,
};

use super::*;
use crate::local::scheduler::Timetable;

fn schedule(id: &str, interval: RefreshInterval) -> RefreshSchedule {
    let on = ScheduleRefreshOnEntity::builder().day_of_week(DayOfWeek::Monday);
    let frequency = RefreshFrequency::builder()
        .interval(interval)
        .refresh_on_day(on.build())
        .timezone("Europe/Berlin")
        .time_of_the_day("07:30");
    RefreshSchedule::builder()
        .schedule_id(id)
        .refresh_type(IngestionType::FullRefresh)
        .schedule_frequency(frequency.build().unwrap())
        .build()
        .unwrap()
}

macro_rules! create {
    ($world:expr, $schedule:expr) => {
        $world
            .client
            .create_refresh_schedule()
            .aws_account_id(ACCOUNT)
            .data_set_id("set")
            .schedule($schedule)
    };
}

#[tokio::test]
async fn a_schedule_starts_ingestions_while_it_is_served() {
    let world = World::new();
    world.set("rows").await;
    create!(world, schedule("hourly", RefreshInterval::Hourly))
        .send()
        .await
        .unwrap();
    let before = world.service.env.now();
    assert!(world.service.fire_due(before, before).unwrap().is_some());
    let list = || {
        world
            .client
            .list_ingestions()
            .aws_account_id(ACCOUNT)
            .data_set_id("set")
    };
    assert_eq!(list().send().await.unwrap().ingestions().len(), 1);
    world.clock.pass(3_600_000);
    world.service.fire_due(before, world.service.env.now()).unwrap();
    let ingestions = list().send().await.unwrap().ingestions.unwrap();
    assert_eq!(ingestions.len(), 2);
    assert_eq!(ingestions[0].request_source().unwrap().as_str(), "SCHEDULED");
    let ended = world.ended(ingestions[0].ingestion_id().unwrap()).await;
    assert_eq!(ended.ingestion_status().as_str(), "COMPLETED");
}

#[tokio::test]
async fn schedules_are_created_changed_and_deleted() {
    let world = World::new();
    world.set("rows").await;
    let created = create!(world, schedule("s", RefreshInterval::Daily))
        .send()
        .await
        .unwrap();
    let arn = "arn:aws:quicksight:us-east-1:000000000000:dataset/set/refresh-schedule/s";
    assert_eq!((created.status(), created.arn()), (201, Some(arn)));
    let (code, _) = refused!(create!(world, schedule("s", RefreshInterval::Daily)));
    assert_eq!(code, "ResourceExistsException");
    let update = world
        .client
        .update_refresh_schedule()
        .aws_account_id(ACCOUNT)
        .data_set_id("set");
    update
        .schedule(schedule("s", RefreshInterval::Weekly))
        .send()
        .await
        .unwrap();
    let describe = || {
        let request = world.client.describe_refresh_schedule().aws_account_id(ACCOUNT);
        request.data_set_id("set").schedule_id("s")
    };
    let shown = describe().send().await.unwrap().refresh_schedule.unwrap();
    let frequency = shown.schedule_frequency().unwrap();
    assert_eq!(frequency.interval(), &RefreshInterval::Weekly);
    assert_eq!((frequency.timezone(), shown.arn()), (Some("Europe/Berlin"), Some(arn)));
    let delete = world.client.delete_refresh_schedule().aws_account_id(ACCOUNT);
    delete.data_set_id("set").schedule_id("s").send().await.unwrap();
    let (code, _) = refused!(describe());
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_data_set_has_five_schedules_and_one_of_them_hourly() {
    let world = World::new();
    world.set("rows").await;
    create!(world, schedule("h", RefreshInterval::Hourly))
        .send()
        .await
        .unwrap();
    let (code, message) = refused!(create!(world, schedule("h2", RefreshInterval::Hourly)));
    assert_eq!(
        (&*code, message.contains("HOURLY")),
        ("InvalidParameterValueException", true)
    );
    for n in 0..4 {
        create!(world, schedule(&format!("d{n}"), RefreshInterval::Daily))
            .send()
            .await
            .unwrap();
    }
    let (code, _) = refused!(create!(world, schedule("d5", RefreshInterval::Daily)));
    assert_eq!(code, "LimitExceededException");
    let list = world
        .client
        .list_refresh_schedules()
        .aws_account_id(ACCOUNT)
        .data_set_id("set");
    assert_eq!(list.send().await.unwrap().refresh_schedules().len(), 5);
    let mut incremental = schedule("i", RefreshInterval::Daily);
    incremental.refresh_type = IngestionType::IncrementalRefresh;
    let (code, _) = refused!(create!(world, incremental));
    assert_eq!(code, "PreconditionNotMetException");
}
