//! Archives as a function of what is in them: nobody's name, no date, and the same bytes on every machine.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};

/// A tar of these files, in this order.
pub(crate) fn tar<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).expect("a short name");
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        tar.append(&header, bytes).expect("memory takes what it is given");
    }
    tar.into_inner().expect("memory takes what it is given")
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    // 255: of no operating system in particular.
    let header = GzBuilder::new().mtime(0).operating_system(255);
    let mut encoder = header.write(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes what it is given")
}
