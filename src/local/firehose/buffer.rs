//! The object in the making: a file beside the store, compressed as it is written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// Records on their way into one object. Its file goes away with it.
pub(super) struct Buffer {
    path: PathBuf,
    writer: Option<Writer>,
    /// Uncompressed bytes.
    pub bytes: u64,
    /// Records as they were put, aggregated ones counted once.
    pub records: u64,
    /// Records written.
    pub rows: u64,
    /// Arrival of the oldest record, milliseconds since 1970.
    pub oldest: i64,
}

enum Writer {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<BufWriter<File>>>),
}

impl Buffer {
    pub fn create(path: PathBuf, gzip: bool) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        let file = BufWriter::with_capacity(256 << 10, File::create(&path)?);
        let writer = match gzip {
            // The fastest level: S3 here is a folder.
            true => Writer::Gzip(Box::new(GzEncoder::new(file, Compression::fast()))),
            false => Writer::Plain(file),
        };
        Ok(Self {
            path,
            writer: Some(writer),
            bytes: 0,
            records: 0,
            rows: 0,
            oldest: i64::MAX,
        })
    }

    /// Writes one row and what follows each row.
    pub fn write(&mut self, row: &[u8], delimiter: &[u8]) -> io::Result<()> {
        let writer: &mut dyn Write = match &mut self.writer {
            Some(Writer::Plain(writer)) => writer,
            Some(Writer::Gzip(writer)) => writer.as_mut(),
            None => return Err(io::Error::other("the buffer is finished")),
        };
        writer.write_all(row)?;
        writer.write_all(delimiter)?;
        self.bytes += (row.len() + delimiter.len()) as u64;
        self.rows += 1;
        Ok(())
    }

    /// Ends the file; nothing can be written after. May be called again.
    pub fn finish(&mut self) -> io::Result<&Path> {
        match self.writer.take() {
            Some(Writer::Plain(mut writer)) => writer.flush()?,
            Some(Writer::Gzip(writer)) => writer.finish()?.flush()?,
            None => {}
        }
        Ok(&self.path)
    }

    /// Whether the file is still there: a failed delivery may have moved it.
    pub fn is_whole(&self) -> bool {
        self.path.exists()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // Moved away when it was delivered.
        let _ = fs::remove_file(&self.path);
    }
}
