use std::sync::Mutex;

use serde_json::{Value, json};

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Condition, Cx, Live, Owner};
use crate::resources::testing::{assert_within, desired, fresh, our_tags_xml, resource};

const CLUSTER: &str = "AWS::Redshift::Cluster";
const SUBNETS: &str = "AWS::Redshift::ClusterSubnetGroup";

/// A cluster as the service keeps it, by the names of the API.
#[derive(Default)]
struct World {
    cluster: Option<Vec<(String, String)>>,
    roles: Vec<String>,
    subnets: Option<Vec<String>>,
    /// States to show in the next Describes.
    passing: Vec<&'static str>,
}

impl World {
    fn take(&mut self, request: &Request) {
        let cluster = self.cluster.get_or_insert_with(Vec::new);
        let text = request.text();
        for pair in text.split('&') {
            let name = pair.split('=').next().unwrap_or_default();
            if ["Action", "Version"].contains(&name) || name.starts_with("IamRoles") || name.starts_with("Tags") {
                continue;
            }
            cluster.retain(|(known, _)| known != name);
            cluster.push((name.to_owned(), request.form(name).unwrap()));
        }
    }

    fn cluster(&mut self) -> String {
        let Some(cluster) = &self.cluster else {
            return String::new();
        };
        let state = if self.passing.is_empty() {
            "available"
        } else {
            self.passing.remove(0)
        };
        let field = |name: &str| {
            cluster
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        let mut xml = format!("<ClusterStatus>{state}</ClusterStatus>");
        for (name, default) in [
            ("ClusterIdentifier", ""),
            ("NodeType", ""),
            ("MasterUsername", ""),
            ("DBName", ""),
            ("NumberOfNodes", "1"),
            ("Encrypted", "false"),
            ("PubliclyAccessible", "false"),
            ("AllowVersionUpgrade", "true"),
            ("EnhancedVpcRouting", "false"),
            ("AutomatedSnapshotRetentionPeriod", "1"),
            ("ManualSnapshotRetentionPeriod", "-1"),
            ("ClusterSubnetGroupName", ""),
        ] {
            xml += &format!("<{name}>{}</{name}>", field(name).unwrap_or(default));
        }
        let port = field("Port").unwrap_or("5439");
        xml +=
            &format!("<Endpoint><Address>c.example</Address><Port>{port}</Port></Endpoint><MultiAZ>Disabled</MultiAZ>");
        if field("ManageMasterPassword") == Some("true") {
            xml += "<MasterPasswordSecretArn>arn:secret</MasterPasswordSecretArn>";
        }
        xml += "<ClusterNamespaceArn>arn:namespace</ClusterNamespaceArn><IamRoles>";
        for role in &self.roles {
            xml += &format!(
                "<ClusterIamRole><IamRoleArn>{role}</IamRoleArn><ApplyStatus>in-sync</ApplyStatus></ClusterIamRole>"
            );
        }
        xml + &format!("</IamRoles><Tags>{}</Tags>", our_tags_xml("Tag"))
    }
}

fn members(request: &Request, list: &str) -> Vec<String> {
    (1..)
        .map_while(|index| request.form(&format!("{list}.{index}")))
        .collect()
}

fn service() -> Script {
    let world = Mutex::new(World::default());
    Script::new(move |request: &Request| {
        let mut world = world.lock().unwrap();
        let operation = request.operation.as_str();
        let inner = match operation {
            "CreateCluster" => {
                world.take(request);
                world.roles = members(request, "IamRoles.IamRoleArn");
                world.passing = vec!["creating", "creating"];
                String::new()
            }
            "ModifyCluster" | "ResizeCluster" => {
                assert!(
                    world.passing.is_empty(),
                    "{operation} while another change is under way"
                );
                world.take(request);
                world.passing = vec!["modifying"];
                String::new()
            }
            "ModifyClusterIamRoles" => {
                let removed = members(request, "RemoveIamRoles.IamRoleArn");
                world.roles.retain(|role| !removed.contains(role));
                world.roles.extend(members(request, "AddIamRoles.IamRoleArn"));
                String::new()
            }
            "DescribeClusters" if world.cluster.is_none() => {
                return Answer::iam_error(404, "ClusterNotFound", "Cluster employees-dev not found.");
            }
            "DescribeClusters" => format!("<Clusters><Cluster>{}</Cluster></Clusters>", world.cluster()),
            "DeleteCluster" => {
                world.cluster = None;
                String::new()
            }
            "CreateClusterSubnetGroup" | "ModifyClusterSubnetGroup" => {
                world.subnets = Some(members(request, "SubnetIds.SubnetIdentifier"));
                String::new()
            }
            "DescribeClusterSubnetGroups" => match &world.subnets {
                None => return Answer::iam_error(400, "ClusterSubnetGroupNotFoundFault", "not found"),
                Some(subnets) => {
                    let subnet = |id: &String| format!("<Subnet><SubnetIdentifier>{id}</SubnetIdentifier></Subnet>");
                    let subnets = subnets.iter().map(subnet).collect::<String>();
                    let tags = our_tags_xml("Tag");
                    format!(
                        "<ClusterSubnetGroups><ClusterSubnetGroup><Description>d</Description><Subnets>{subnets}</Subnets>\
                         <Tags>{tags}</Tags></ClusterSubnetGroup></ClusterSubnetGroups>"
                    )
                }
            },
            "DeleteClusterSubnetGroup" => {
                world.subnets = None;
                String::new()
            }
            "CreateTags" => String::new(),
            other => panic!("{other}"),
        };
        Answer::xml(format!(
            "<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"
        ))
    })
}

fn properties() -> Value {
    json!({"ClusterIdentifier": "employees-dev", "DBName": "employees", "MasterUsername": "owner",
        "ManageMasterPassword": true, "ClusterType": "multi-node", "NodeType": "ra3.large", "NumberOfNodes": "2",
        "IamRoles": ["arn:aws:iam::111122223333:role/a"]})
}

#[tokio::test]
async fn a_cluster_reads_back_as_it_was_written() {
    let script = service();
    let resource = resource(CLUSTER, properties(), &script).await;
    let document = desired(&resource);
    let (cx, told) = fresh();
    let live = resource.create(&document, &cx).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!((live.owner.clone(), live.state.as_str()), (Owner::Ours, "available"));
    assert_eq!(live.attributes["Endpoint.Address"], "c.example");
    assert_eq!(live.attributes["MasterPasswordSecretArn"], "arn:secret");
    assert_eq!(live.attributes["ClusterNamespaceArn"], "arn:namespace");
    assert_eq!(told.lock().unwrap().as_slice(), ["creating"]);
    let created = &script.calls("CreateCluster")[0];
    let sent = |name: &str| created.form(name);
    assert_eq!(sent("Encrypted").as_deref(), Some("true"));
    assert_eq!(sent("PubliclyAccessible").as_deref(), Some("false"));
    assert_eq!(sent("ManageMasterPassword").as_deref(), Some("true"));
    assert_eq!(sent("NumberOfNodes").as_deref(), Some("2"));
    assert_eq!(
        (sent("MasterUserPassword"), sent("ManualSnapshotRetentionPeriod")),
        (None, None)
    );
    let calls = script.operations().len();
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    assert!(
        script.operations()[calls..]
            .iter()
            .all(|operation| operation.starts_with("Describe"))
    );
}

#[tokio::test]
async fn changes_go_one_after_another_and_roles_by_their_own_call() {
    let script = service();
    let before = resource(CLUSTER, properties(), &script).await;
    let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
    let mut changed = properties();
    changed["IamRoles"] = json!(["arn:aws:iam::111122223333:role/b"]);
    changed["NumberOfNodes"] = json!(3);
    changed["PubliclyAccessible"] = json!(true);
    changed["AutomatedSnapshotRetentionPeriod"] = json!(7);
    let after = resource(CLUSTER, changed, &script).await;
    let live = after.update(&live, &desired(&after), &[], &Cx::silent()).await.unwrap();
    assert_within(&desired(&after), &live.document);
    let writes: Vec<_> = script
        .operations()
        .into_iter()
        .filter(|operation| !operation.starts_with("Describe"))
        .collect();
    assert_eq!(
        writes,
        [
            "CreateCluster",
            "ModifyClusterIamRoles",
            "ModifyCluster",
            "ResizeCluster"
        ]
    );
    let roles = &script.calls("ModifyClusterIamRoles")[0];
    assert_eq!(
        members(roles, "AddIamRoles.IamRoleArn"),
        ["arn:aws:iam::111122223333:role/b"]
    );
    assert_eq!(
        members(roles, "RemoveIamRoles.IamRoleArn"),
        ["arn:aws:iam::111122223333:role/a"]
    );
    let modified = &script.calls("ModifyCluster")[0];
    assert_eq!(modified.form("AutomatedSnapshotRetentionPeriod").as_deref(), Some("7"));
    assert_eq!(modified.form("Port"), None);
    let resized = &script.calls("ResizeCluster")[0];
    assert_eq!(resized.form("NodeType").as_deref(), Some("ra3.large"));
}

#[tokio::test]
async fn a_cluster_goes_without_a_snapshot_and_is_waited_for() {
    let script = service();
    let resource = resource(CLUSTER, properties(), &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    let busy = Answer::iam_error(
        400,
        "InvalidClusterState",
        "There is an operation running on the Cluster.",
    );
    let script = script.refusing(vec![("DeleteCluster", busy)]);
    let resource = crate::resources::testing::resource(CLUSTER, properties(), &script).await;
    resource.delete(&live, &Cx::silent()).await.unwrap();
    let deletions = script.calls("DeleteCluster");
    assert_eq!(deletions.len(), 2);
    assert_eq!(deletions[1].form("SkipFinalClusterSnapshot").as_deref(), Some("true"));
    assert_eq!(deletions[1].form("FinalClusterSnapshotIdentifier"), None);
    resource.delete(&live, &Cx::silent()).await.unwrap();
}

#[tokio::test]
async fn a_paused_cluster_says_how_to_go_on() {
    let script = service();
    let before = resource(CLUSTER, properties(), &script).await;
    let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
    let paused = "<DescribeClustersResponse><DescribeClustersResult><Clusters><Cluster><ClusterStatus>paused</ClusterStatus>\
        </Cluster></Clusters></DescribeClustersResult></DescribeClustersResponse>";
    let script = script.refusing(vec![("DescribeClusters", Answer::xml(paused))]);
    let resource = resource(CLUSTER, properties(), &script).await;
    let error = resource
        .update(&live, &desired(&resource), &[], &Cx::silent())
        .await
        .unwrap_err();
    let error = error.downcast::<crate::resources::Error>().unwrap();
    assert!(error.hint().unwrap().contains("resume-cluster"), "{error}");
    let state = |state: &str| Live {
        state: state.into(),
        ..live.clone()
    };
    assert_eq!(resource.condition(&state("paused")), Condition::Steady);
    assert_eq!(resource.condition(&state("resizing")), Condition::Settling);
    assert_eq!(resource.condition(&state("final-snapshot")), Condition::Lost);
}

#[tokio::test]
async fn properties_that_are_not_mapped_are_refused_by_name() {
    let script = service();
    let mut properties = properties();
    properties["MasterUserPassword"] = json!("Secret123");
    let resource = resource(CLUSTER, properties, &script).await;
    let error = resource.desired(&Default::default()).unwrap_err().to_string();
    assert!(
        error.contains("`MasterUserPassword`") && !error.contains("Secret123"),
        "{error}"
    );
}

#[tokio::test]
async fn a_subnet_group_is_named_after_its_logical_id() {
    let script = service();
    let properties = json!({"Description": "d", "SubnetIds": ["subnet-2", "subnet-1"]});
    let resource = resource(SUBNETS, properties, &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!(live.physical_id, "employees-dev-it");
    assert_eq!(live.attributes["ClusterSubnetGroupName"], "employees-dev-it");
    let created = &script.calls("CreateClusterSubnetGroup")[0];
    assert_eq!(
        created.form("ClusterSubnetGroupName").as_deref(),
        Some("employees-dev-it")
    );
    let busy = Answer::iam_error(400, "InvalidClusterSubnetGroupStateFault", "it is in use");
    let script = script.refusing(vec![("DeleteClusterSubnetGroup", busy)]);
    let resource = crate::resources::testing::resource(SUBNETS, json!({}), &script).await;
    resource.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("DeleteClusterSubnetGroup").len(), 2);
}
