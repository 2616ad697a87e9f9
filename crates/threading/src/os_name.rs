//! The name by which the system knows a thread.

/// How many bytes Linux keeps.
const LIMIT: usize = 15;

/// What may be handed to std as a name: it goes up to the first NUL.
pub(crate) fn without_nul(mut name: String) -> String {
    name.truncate(name.find('\0').unwrap_or(name.len()));
    name
}

/// Names the current thread, on Linux; a system that does not want to is left alone (T19).
pub(crate) fn set(name: &str) {
    #[cfg(target_os = "linux")]
    {
        let short = without_nul(cut(name).to_owned());
        if let Ok(name) = std::ffi::CString::new(short) {
            let _ = rustix::thread::set_name(&name);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}

/// Whether the name std has given to the new thread ends in half a character.
pub(crate) fn is_cut_within_a_char(name: &str) -> bool {
    cfg!(target_os = "linux") && name.len() > LIMIT && !name.is_char_boundary(LIMIT)
}

#[cfg(target_os = "linux")]
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(LIMIT)]
}
