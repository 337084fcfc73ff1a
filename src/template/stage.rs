//! The stages of a pipeline: the folders under `configs/` that hold fragments.

/// In the order data flows through them.
pub const STAGES: [&str; 7] = [
    "security",
    "storage",
    "ingestion",
    "processing",
    "aggregation",
    "visualization",
    "monitoring",
];
