//! Alarms and dashboards on a scripted CloudWatch.
