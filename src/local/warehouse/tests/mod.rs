//! The warehouse through its sessions, in Redshift's SQL, with S3 in a folder.

mod copy;
mod copy_text;
mod definitions;
mod lab;
mod load_script;
mod loading;
mod merge;
mod offline;
mod recovery;
mod sessions;
mod system;
mod unload;
