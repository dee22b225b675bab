//! A soft assertion for what cannot happen: a test stops, a running node logs it and goes on.

/// Reports a state that should be impossible. In a build for tests it panics.
#[macro_export]
macro_rules! never {
    ($($what:tt)*) => {{
        tracing::error!(bug = true, $($what)*);
        debug_assert!(false, $($what)*);
    }};
}
