//! What becomes of memory that is free again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long after much work free memory is given back: by then its results are gone as well.
const SETTLING: Duration = Duration::from_secs(5);

/// Smallest block, in bytes, that is given back to the system as soon as it is free.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 128 * 1024;

/// Has large blocks given back as soon as they are free. To be called once, at the start.
///
/// glibc gives them back too, until it sees the first one freed: from then on it takes blocks of that size (up to
/// 32 MiB) from memory that all kinds of blocks share, of which it gives back only the end. So after one large request
/// every further one would leave holes that stay podbay's. A bound that is set stays where it is.
pub fn return_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: sets a number of the allocator, before there are other threads.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}

/// Has free memory given back in a moment. To be called after work that takes much memory in many small blocks, which
/// glibc keeps for more of the kind.
pub fn return_soon() {
    static DUE: AtomicBool = AtomicBool::new(false);
    if DUE.swap(true, Ordering::Relaxed) {
        return;
    }
    tokio::spawn(async {
        tokio::time::sleep(SETTLING).await;
        DUE.store(false, Ordering::Relaxed);
        // It may take a while.
        let _ = tokio::task::spawn_blocking(return_free).await;
    });
}

fn return_free() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: the allocator may be asked to at any time, by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
