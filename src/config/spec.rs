//! How an option is declared. Parsing, checks, the reference and `config show` are all made from
//! these declarations; there is no second list.

use crate::config::field::Field;
use std::ops::RangeInclusive;

/// When a changed value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakesEffect {
    /// The guide's server re-reads it while running; so shall we.
    Immediately,
    AtRestart,
    /// It is read and checked, and nothing looks at it.
    NotYet,
}

/// One option of the section `S`. Its type and default are those of its field.
pub struct Opt<S> {
    pub name: &'static str,
    pub means: &'static str,
    pub field: fn(&mut S) -> &mut dyn Field,
    pub range: Option<RangeInclusive<u64>>,
    /// The guide's default and why ours differs.
    pub guide: Option<(&'static str, &'static str)>,
    pub takes_effect: TakesEffect,
}

impl<S> Opt<S> {
    pub const fn new(
        name: &'static str,
        field: fn(&mut S) -> &mut dyn Field,
        means: &'static str,
    ) -> Self {
        let takes_effect = TakesEffect::AtRestart;
        Self { name, means, field, range: None, guide: None, takes_effect }
    }

    /// Says the least and the most of a number.
    pub const fn within(mut self, least: u64, most: u64) -> Self {
        self.range = Some(RangeInclusive::new(least, most));
        self
    }

    /// Says what the guide's default is, where ours differs, and why.
    pub const fn guide(mut self, default: &'static str, why: &'static str) -> Self {
        self.guide = Some((default, why));
        self
    }

    /// Says that what the option decides does not exist so far.
    pub const fn not_yet(mut self) -> Self {
        self.takes_effect = TakesEffect::NotYet;
        self
    }

    pub const fn immediately(mut self) -> Self {
        self.takes_effect = TakesEffect::Immediately;
        self
    }
}

/// Options of a section whose names are free, like the aliases of `[endpoints:<tenant>]`.
pub struct FreeOpt<S> {
    /// What stands for the name in the reference, `<alias>`.
    pub placeholder: &'static str,
    pub means: &'static str,
    /// Whether a name is one of them.
    pub takes: fn(&str) -> bool,
    pub field: for<'a> fn(&'a mut S, &str) -> &'a mut dyn Field,
    pub names: fn(&S) -> Vec<String>,
}

/// A section of the configuration. Its `Default` is the documented default.
pub trait Section: Default + 'static {
    const OPTIONS: &'static [Opt<Self>];
    const FREE: Option<FreeOpt<Self>> = None;
}

/// What the reference says of an option.
pub struct Described {
    pub name: String,
    pub kind: String,
    pub default: String,
    pub guide: Option<(&'static str, &'static str)>,
    pub takes_effect: TakesEffect,
    pub means: &'static str,
}

/// An option with its effective value, as a text that can be shown.
pub struct Shown {
    pub name: String,
    pub value: String,
}

/// A [`Section`] whose type is not known.
pub trait AnySection {
    /// The field of an option and its range, if there is such an option.
    fn field(&mut self, name: &str) -> Option<(&mut dyn Field, Option<&RangeInclusive<u64>>)>;

    /// The names of all fixed options.
    fn names(&self) -> Vec<&'static str>;

    fn shown(&mut self) -> Vec<Shown>;

    /// The options with the defaults of their type.
    fn described(&self) -> Vec<Described>;
}

impl<S: Section> AnySection for S {
    fn field(&mut self, name: &str) -> Option<(&mut dyn Field, Option<&RangeInclusive<u64>>)> {
        if let Some(option) = S::OPTIONS.iter().find(|option| option.name == name) {
            return Some(((option.field)(self), option.range.as_ref()));
        }
        let free = S::FREE.filter(|free| (free.takes)(name))?;
        Some(((free.field)(self, name), None))
    }

    fn names(&self) -> Vec<&'static str> {
        S::OPTIONS.iter().map(|option| option.name).collect()
    }

    fn shown(&mut self) -> Vec<Shown> {
        let mut all = Vec::new();
        for option in S::OPTIONS {
            all.push(Shown { name: option.name.into(), value: (option.field)(self).show() });
        }
        if let Some(free) = S::FREE {
            for name in (free.names)(self) {
                let value = (free.field)(self, &name).show();
                all.push(Shown { name, value });
            }
        }
        all
    }

    fn described(&self) -> Vec<Described> {
        let mut fresh = S::default();
        let fixed = S::OPTIONS.iter().map(|option| {
            let field = (option.field)(&mut fresh);
            Described {
                name: option.name.into(),
                kind: field.kind(option.range.as_ref()),
                default: field.show(),
                guide: option.guide,
                takes_effect: option.takes_effect,
                means: option.means,
            }
        });
        let mut all: Vec<Described> = fixed.collect();
        all.extend(S::FREE.map(|free| Described {
            name: free.placeholder.into(),
            kind: "text".into(),
            default: "–".into(),
            guide: None,
            takes_effect: TakesEffect::AtRestart,
            means: free.means,
        }));
        all
    }
}
