//! `StarFn`: functions whose parameters come as one tuple.

/// A function of two to eight parameters, called with a tuple: what `starmap` takes.
///
/// Or with a reference to a tuple, whose fields are copied for the call: so what holds the tuples need only be lent.
///
/// With a closure, `map(items, |(a, b)| …)` is easier, because its types are inferred. Sealed by construction: it is
/// implemented for all functions it can be implemented for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called with the items of this `starmap`",
    label = "expected a function of as many parameters as the tuples `{Args}` have fields",
    note = "with a closure write `map(items, |(a, b)| …)`, whose types are inferred",
    note = "the fields of tuples that are lent are copied, so they have to be `Copy`"
)]
pub trait StarFn<Args>: sealed::Sealed<Args> {
    /// What the function returns.
    type Output;

    /// Calls the function.
    fn call(&self, args: Args) -> Self::Output;
}

mod sealed {
    #[expect(
        unnameable_types,
        reason = "that nobody can name it is what seals `StarFn`"
    )]
    pub trait Sealed<Args> {}
}

macro_rules! star_fn {
    ($($parameter:ident)+) => {
        impl<Function, Output, $($parameter),+> sealed::Sealed<($($parameter,)+)> for Function
        where
            Function: Fn($($parameter),+) -> Output,
        {
        }

        impl<Function, Output, $($parameter),+> StarFn<($($parameter,)+)> for Function
        where
            Function: Fn($($parameter),+) -> Output,
        {
            type Output = Output;

            #[expect(non_snake_case, reason = "one name serves as type and as value")]
            fn call(&self, ($($parameter,)+): ($($parameter,)+)) -> Output {
                self($($parameter),+)
            }
        }

        impl<Function, Output, $($parameter: Copy),+> sealed::Sealed<&($($parameter,)+)> for Function
        where
            Function: Fn($($parameter),+) -> Output,
        {
        }

        impl<Function, Output, $($parameter: Copy),+> StarFn<&($($parameter,)+)> for Function
        where
            Function: Fn($($parameter),+) -> Output,
        {
            type Output = Output;

            #[expect(non_snake_case, reason = "one name serves as type and as value")]
            fn call(&self, &($($parameter,)+): &($($parameter,)+)) -> Output {
                self($($parameter),+)
            }
        }
    };
}

star_fn!(A B);
star_fn!(A B C);
star_fn!(A B C D);
star_fn!(A B C D E);
star_fn!(A B C D E G);
star_fn!(A B C D E G H);
star_fn!(A B C D E G H I);
