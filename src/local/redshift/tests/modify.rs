//! ModifyCluster, ModifyClusterIamRoles, pausing and rebooting.

use super::*;

#[tokio::test]
async fn a_resize_is_pending_until_it_is_done_and_settings_hold_at_once() {
    let world = World::new();
    world.cluster("hr").await;
    let modify = || world.client.modify_cluster().cluster_identifier("hr");
    let changed = modify()
        .automated_snapshot_retention_period(7)
        .send()
        .await
        .unwrap()
        .cluster
        .unwrap();
    assert_eq!(changed.automated_snapshot_retention_period(), Some(7));
    assert_eq!(changed.cluster_status(), Some("available"));

    let resize = modify()
        .cluster_type("multi-node")
        .node_type("ra3.4xlarge")
        .number_of_nodes(3);
    let resizing = resize.send().await.unwrap().cluster.unwrap();
    assert_eq!(resizing.cluster_status(), Some("resizing"));
    assert_eq!(resizing.node_type(), Some("ra3.large"));
    let pending = resizing.pending_modified_values().unwrap();
    assert_eq!(
        (pending.node_type(), pending.number_of_nodes()),
        (Some("ra3.4xlarge"), Some(3))
    );
    let (code, message) = refused!(modify().publicly_accessible(true));
    assert_eq!(code, "InvalidClusterState");
    assert!(
        message.starts_with("There is an operation running on the Cluster."),
        "{message}"
    );

    world.clock.pass(100);
    let resized = world.describe("hr").await;
    assert_eq!(resized.cluster_status(), Some("available"));
    assert_eq!(
        (resized.node_type(), resized.number_of_nodes()),
        (Some("ra3.4xlarge"), Some(3))
    );
    assert_eq!(resized.cluster_nodes().len(), 4);
    assert!(
        resized
            .pending_modified_values()
            .is_none_or(|pending| pending.node_type().is_none())
    );
}

#[tokio::test]
async fn the_password_can_become_managed_and_the_users_own_again() {
    let world = World::new();
    world
        .create("hr")
        .master_user_password("Passw0rd")
        .send()
        .await
        .unwrap();
    world.clock.pass(200);
    let modify = || world.client.modify_cluster().cluster_identifier("hr");
    let managed = modify()
        .manage_master_password(true)
        .send()
        .await
        .unwrap()
        .cluster
        .unwrap();
    let arn = managed.master_password_secret_arn().unwrap().to_owned();
    let credentials = world.secrets.credentials(&arn).unwrap().unwrap();
    assert_eq!(
        world.service.reach("hr").unwrap().unwrap().password,
        credentials.password
    );
    assert_eq!(
        refused!(modify().master_user_password("Passw0rd2")).0,
        "InvalidParameterCombination"
    );

    let own = modify().manage_master_password(false).master_user_password("Passw0rd2");
    let own = own.send().await.unwrap().cluster.unwrap();
    assert_eq!(
        own.pending_modified_values().unwrap().master_user_password(),
        Some("****")
    );
    assert!(own.master_password_secret_arn().is_none());
    assert!(world.secrets.credentials(&arn).is_err());
    world.clock.pass(100);
    assert_eq!(world.service.reach("hr").unwrap().unwrap().password, "Passw0rd2");
}

#[tokio::test]
async fn roles_are_added_and_removed_over_time() {
    let world = World::new();
    world.cluster("hr").await;
    let (a, b) = ("arn:aws:iam::000000000000:role/a", "arn:aws:iam::000000000000:role/b");
    let modify = || world.client.modify_cluster_iam_roles().cluster_identifier("hr");
    let adding = modify().add_iam_roles(a).add_iam_roles(b).default_iam_role_arn(b);
    let adding = adding.send().await.unwrap().cluster.unwrap();
    assert_eq!(adding.iam_roles()[0].apply_status(), Some("adding"));
    assert!(world.service.reach("hr").unwrap().unwrap().roles.is_empty());
    world.clock.pass(100);
    assert_eq!(world.service.reach("hr").unwrap().unwrap().roles, [a, b]);

    let removing = modify().remove_iam_roles(b).send().await.unwrap().cluster.unwrap();
    assert_eq!(removing.iam_roles()[1].apply_status(), Some("removing"));
    assert!(removing.default_iam_role_arn().is_none());
    world.clock.pass(100);
    let roles = world.describe("hr").await.iam_roles.unwrap();
    assert_eq!(roles.len(), 1);
    assert_eq!(refused!(modify().default_iam_role_arn(b)).0, "InvalidParameterValue");
}

#[tokio::test]
async fn a_cluster_pauses_resumes_and_reboots() {
    let world = World::new();
    world.cluster("hr").await;
    let client = &world.client;
    client.pause_cluster().cluster_identifier("hr").send().await.unwrap();
    assert_eq!(world.status("hr").await, "pausing");
    world.clock.pass(100);
    assert_eq!(world.status("hr").await, "paused");
    assert_eq!(
        refused!(client.reboot_cluster().cluster_identifier("hr")).0,
        "InvalidClusterState"
    );
    client.resume_cluster().cluster_identifier("hr").send().await.unwrap();
    assert_eq!(world.status("hr").await, "resuming");
    world.clock.pass(150);
    assert_eq!(world.status("hr").await, "available");
    client.reboot_cluster().cluster_identifier("hr").send().await.unwrap();
    assert_eq!(world.status("hr").await, "rebooting");
}

#[tokio::test]
async fn a_paused_cluster_can_be_deleted() {
    let world = World::new();
    world.cluster("hr").await;
    let client = &world.client;
    client.pause_cluster().cluster_identifier("hr").send().await.unwrap();
    let delete = || {
        client
            .delete_cluster()
            .cluster_identifier("hr")
            .skip_final_cluster_snapshot(true)
    };
    assert_eq!(refused!(delete()).0, "InvalidClusterState");
    world.clock.pass(100);
    delete().send().await.unwrap();
    assert_eq!(world.status("hr").await, "deleting");
}
