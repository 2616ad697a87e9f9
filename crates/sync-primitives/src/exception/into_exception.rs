//! What can be raised.

use std::error::Error;

use super::Exception;

/// The error type that crosses threads.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// What can become an [`Exception`]: any error that may cross threads, `anyhow::Error`, a `String`, a `&str`, and an
/// `Exception`, which stays what it is.
///
/// Implemented for every type that converts into `Box<dyn Error + Send + Sync>`; there is no need to implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot become an `Exception`",
    label = "this error type cannot leave its thread",
    note = "errors cross threads here: use `Box<dyn Error + Send + Sync>`, `anyhow::Error`, a `String`, or an error type of your own"
)]
pub trait IntoException {
    /// Makes the exception.
    fn into_exception(self) -> Exception;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoException for E {
    fn into_exception(self) -> Exception {
        match self.into().downcast::<Exception>() {
            Ok(exception) => *exception,
            Err(error) => Exception::from_error(error),
        }
    }
}
