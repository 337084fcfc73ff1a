//! The warehouse through its sessions, in Redshift's SQL, with S3 in a folder.

mod big;
mod copy;
mod copy_text;
mod definitions;
mod lab;
mod offline;
mod recovery;
mod sessions;
mod system;
mod unload;
