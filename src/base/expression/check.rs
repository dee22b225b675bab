//! The tree of an expression: which parts of the language are ours, and what fits what.

use crate::base::expression::fault::ExpressionFault;
use crate::base::expression::variables::{LIBRARY, NUMBER};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use std::collections::{BTreeMap, BTreeSet};

/// How deep the library may go; [`super::scan`] is stricter.
const RECURSION: u16 = 48;

/// How deep a tree may be that was read: each operator one step, and a few for what `&&` and `||`
/// join.
const MOST_DEPTH: usize = 48;

/// Which variables there are, and what each is.
pub type Vocabulary = BTreeMap<&'static str, Kind>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Flag,
    Number,
    Text,
    /// Texts by name, as user data.
    Texts,
    /// Numbers by name, as skills.
    Numbers,
    /// Written out between brackets, all of one simple kind, to be looked into with `in`.
    List(&'static Kind),
}

/// A tree that has only what our language has.
pub struct Checked {
    root: IdedExpr,
    places: SourceInfo,
}

pub(super) fn read(text: &str) -> Result<Checked, ExpressionFault> {
    let parser = LIBRARY.parser().max_recursion_depth(RECURSION);
    let (mut root, places) = parser
        .parse_with_source_info(text)
        .map_err(|errors| ExpressionFault::of_parser(text, &errors))?;
    let reading = Reading { text, places: &places };
    reading.allow(&mut root, 0)?;
    Ok(Checked { root, places })
}

struct Reading<'a> {
    text: &'a str,
    places: &'a SourceInfo,
}

impl Reading<'_> {
    /// Refuses what is not of our language. A call without arguments becomes a variable of the
    /// name with its brackets: `_current_time()`.
    fn allow(&self, one: &mut IdedExpr, depth: usize) -> Result<(), ExpressionFault> {
        let (id, within) = (one.id, depth + 1);
        if MOST_DEPTH < within {
            return Err(self.fault(id, "this is nested too deep: cut it up"));
        }
        match &mut one.expr {
            Expr::Call(call) if call.target.is_none() && call.args.is_empty() => {
                one.expr = Expr::Ident(format!("{}()", call.func_name));
                Ok(())
            }
            Expr::Call(call) => self.allow_call((id, within), call),
            Expr::Select(select) if !select.test => self.allow(&mut select.operand, within),
            Expr::List(list) if list.optional_indices.is_empty() => {
                list.elements.iter_mut().try_for_each(|element| self.allow(element, within))
            }
            Expr::Ident(_) => Ok(()),
            Expr::Literal(LiteralValue::Boolean(_) | LiteralValue::Int(_)) => Ok(()),
            Expr::Literal(LiteralValue::String(_)) => Ok(()),
            Expr::Literal(_) => {
                Err(self.fault(id, "only texts, whole numbers, true and false can be written"))
            }
            Expr::Comprehension(_)
            | Expr::Map(_)
            | Expr::Select(_)
            | Expr::List(_)
            | Expr::Struct(_)
            | Expr::Unspecified => Err(self.fault(id, "this form is not part of the language")),
        }
    }

    fn allow_call(
        &self,
        (id, depth): (u64, usize),
        call: &mut CallExpr,
    ) -> Result<(), ExpressionFault> {
        if shape(call).is_none() {
            let name = &call.func_name;
            let what = format!(
                "there is no '{name}' of this form; there are {NUMBER}(x), string(x), size(x), \
                 x.contains(y), x.startsWith(y), x.endsWith(y)"
            );
            return Err(self.fault(id, &what));
        }
        if let Some(target) = &mut call.target {
            self.allow(target, depth)?;
        }
        call.args.iter_mut().try_for_each(|argument| self.allow(argument, depth))
    }

    fn fault(&self, id: u64, what: &str) -> ExpressionFault {
        let (start, _) = self.places.offset_for(id).unwrap_or((0, 0));
        ExpressionFault::at(self.text, usize::try_from(start).unwrap_or(0), what)
    }
}

/// What a call does with the kinds of its operands.
#[derive(Clone, Copy)]
enum Shape {
    /// Flags to a flag.
    Logic,
    /// Two of the same kind to a flag.
    Compare,
    /// Two numbers or two texts to the same.
    Add,
    /// Numbers to a number.
    Calculate,
    Choose,
    Index,
    In,
    /// Two texts to a flag.
    Search,
    /// A text or a number to a number.
    ToNumber,
    ToText,
    /// A text to its length.
    Size,
}

fn shape(call: &CallExpr) -> Option<Shape> {
    let n_operands = call.args.len() + usize::from(call.target.is_some());
    let shape = match (call.func_name.as_str(), n_operands) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR, 2) | (operators::LOGICAL_NOT, 1) => {
            Shape::Logic
        }
        (operators::EQUALS | operators::NOT_EQUALS, 2) => Shape::Compare,
        (operators::LESS | operators::LESS_EQUALS, 2) => Shape::Compare,
        (operators::GREATER | operators::GREATER_EQUALS, 2) => Shape::Compare,
        (operators::ADD, 2) => Shape::Add,
        (operators::SUBSTRACT | operators::MULTIPLY, 2) => Shape::Calculate,
        (operators::DIVIDE | operators::MODULO, 2) | (operators::NEGATE, 1) => Shape::Calculate,
        (operators::CONDITIONAL, 3) => Shape::Choose,
        (operators::INDEX, 2) => Shape::Index,
        (operators::IN, 2) => Shape::In,
        ("contains" | "startsWith" | "endsWith", 2) if call.target.is_some() => Shape::Search,
        (NUMBER, 1) if call.target.is_none() => Shape::ToNumber,
        ("string", 1) if call.target.is_none() => Shape::ToText,
        ("size", 1) if call.target.is_none() => Shape::Size,
        _ => return None,
    };
    Some(shape)
}

impl Checked {
    pub(super) fn root(&self) -> &IdedExpr {
        &self.root
    }

    pub(super) fn check(
        &self,
        text: &str,
        known: &Vocabulary,
        wanted: Option<Kind>,
    ) -> Result<(), ExpressionFault> {
        let typing = Typing { reading: Reading { text, places: &self.places }, known };
        let kind = typing.kind(&self.root)?;
        if matches!(kind, Kind::Texts | Kind::Numbers | Kind::List(_)) {
            return Err(typing.fault(&self.root, "a whole list is no value: name one entry of it"));
        }
        match wanted {
            Some(wanted) if wanted != kind => {
                let what = format!("gives {}, where {} is needed", shown(kind), shown(wanted));
                Err(typing.fault(&self.root, &what))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn asks_for(&self, list: &str, key: &str) -> bool {
        let mut keys = BTreeSet::new();
        gather_keys(&self.root, list, &mut keys);
        keys.contains(key)
    }

    pub(super) fn keys_of(&self, list: &str) -> Option<BTreeSet<String>> {
        let mut keys = BTreeSet::new();
        gather_keys(&self.root, list, &mut keys).then_some(keys)
    }

    pub(super) fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        gather_names(&self.root, &mut names);
        names
    }
}

struct Typing<'a> {
    reading: Reading<'a>,
    known: &'a Vocabulary,
}

impl Typing<'_> {
    fn kind(&self, one: &IdedExpr) -> Result<Kind, ExpressionFault> {
        match &one.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => Ok(Kind::Flag),
            Expr::Literal(LiteralValue::Int(_)) => Ok(Kind::Number),
            Expr::Literal(_) => Ok(Kind::Text),
            Expr::Ident(name) => self.known.get(name.as_str()).copied().ok_or_else(|| {
                let names: Vec<&str> = self.known.keys().copied().collect();
                let what = format!("there is no '{name}' here; there are {}", names.join(", "));
                self.fault(one, &what)
            }),
            Expr::Select(select) => self.entry(one, &select.operand),
            Expr::List(list) => self.list(one, &list.elements),
            Expr::Call(call) => self.call(one, call),
            Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(self.fault(one, "this form is not part of the language"))
            }
        }
    }

    /// What is compared with each of its elements must be of the kind of all of them.
    fn list(&self, one: &IdedExpr, elements: &[IdedExpr]) -> Result<Kind, ExpressionFault> {
        let mut of = None;
        for element in elements {
            let kind = self.kind(element)?;
            if !is_simple(kind) {
                return Err(self.fault(element, "a list has no lists in it"));
            }
            let first = *of.get_or_insert(kind);
            if first != kind {
                let (first, kind) = (shown(first), shown(kind));
                let what = format!("a list is of one kind: here {kind} stands beside {first}");
                return Err(self.fault(element, &what));
            }
        }
        match of {
            Some(Kind::Flag) => Ok(Kind::List(&Kind::Flag)),
            Some(Kind::Number) => Ok(Kind::List(&Kind::Number)),
            Some(_) => Ok(Kind::List(&Kind::Text)),
            None => Err(self.fault(one, "nothing is in an empty list")),
        }
    }

    fn entry(&self, one: &IdedExpr, list: &IdedExpr) -> Result<Kind, ExpressionFault> {
        match self.kind(list)? {
            Kind::Texts => Ok(Kind::Text),
            Kind::Numbers => Ok(Kind::Number),
            Kind::Flag | Kind::Number | Kind::Text | Kind::List(_) => {
                Err(self.fault(one, "this has no entries by name"))
            }
        }
    }

    fn call(&self, one: &IdedExpr, call: &CallExpr) -> Result<Kind, ExpressionFault> {
        let operands: Vec<&IdedExpr> =
            call.target.as_deref().into_iter().chain(&call.args).collect();
        let mut kinds = Vec::with_capacity(operands.len());
        for operand in &operands {
            kinds.push(self.kind(operand)?);
        }
        use Kind::{Flag, Number, Text};
        let kind = match (shape(call), kinds.as_slice()) {
            (Some(Shape::Logic), [Flag] | [Flag, Flag]) => Some(Flag),
            (Some(Shape::Compare), [left, right]) if left == right && is_simple(*left) => {
                Some(Flag)
            }
            (Some(Shape::Add), [Text, Text]) => Some(Text),
            (Some(Shape::Add | Shape::Calculate), [Number, Number]) => Some(Number),
            (Some(Shape::Calculate), [Number]) => Some(Number),
            (Some(Shape::Choose), [Flag, yes, no]) if yes == no => Some(*yes),
            (Some(Shape::Index), [Kind::Texts, Text]) => Some(Text),
            (Some(Shape::Index), [Kind::Numbers, Text]) => Some(Number),
            (Some(Shape::In), [Text, Kind::Texts | Kind::Numbers]) => Some(Flag),
            (Some(Shape::In), [simple, Kind::List(of)]) if *simple == **of => Some(Flag),
            (Some(Shape::Search), [Text, Text]) => Some(Flag),
            (Some(Shape::ToNumber), [Text | Number]) => Some(Number),
            (Some(Shape::ToText), [Text | Number | Flag]) => Some(Text),
            (Some(Shape::Size), [Text]) => Some(Number),
            _ => None,
        };
        kind.ok_or_else(|| self.fault(one, &misfit(call, &kinds)))
    }

    fn fault(&self, one: &IdedExpr, what: &str) -> ExpressionFault {
        self.reading.fault(one.id, what)
    }
}

fn is_simple(kind: Kind) -> bool {
    matches!(kind, Kind::Flag | Kind::Number | Kind::Text)
}

fn misfit(call: &CallExpr, kinds: &[Kind]) -> String {
    let kinds: Vec<&str> = kinds.iter().map(|kind| shown(*kind)).collect();
    let name = call.func_name.trim_matches(['_', '@']);
    let hint = match kinds.as_slice() {
        ["text", "number"] | ["number", "text"] => {
            ": make the text a number with number(…), or put the number in quotes"
        }
        _ => "",
    };
    format!("'{name}' does not go with {}{hint}", kinds.join(" and "))
}

fn shown(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "true or false",
        Kind::Number => "number",
        Kind::Text => "text",
        Kind::Texts => "a list of texts",
        Kind::Numbers => "a list of numbers",
        Kind::List(Kind::Flag) => "a list of true and false",
        Kind::List(Kind::Number) => "a list of numbers",
        Kind::List(_) => "a list of texts",
    }
}

fn gather_names<'a>(one: &'a IdedExpr, names: &mut BTreeSet<&'a str>) {
    match &one.expr {
        Expr::Ident(name) => {
            names.insert(name);
        }
        Expr::Select(select) => gather_names(&select.operand, names),
        Expr::List(list) => {
            for element in &list.elements {
                gather_names(element, names);
            }
        }
        Expr::Call(call) => {
            for part in call.target.as_deref().into_iter().chain(&call.args) {
                gather_names(part, names);
            }
        }
        Expr::Comprehension(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_)
        | Expr::Unspecified => {}
    }
}

/// Gathers the entries of a list that are asked for by name. Whether the list is used in no other way.
fn gather_keys(one: &IdedExpr, list: &str, keys: &mut BTreeSet<String>) -> bool {
    let is_list = |one: &IdedExpr| matches!(&one.expr, Expr::Ident(name) if name == list);
    match &one.expr {
        Expr::Ident(name) => name != list,
        Expr::Select(select) if is_list(&select.operand) => {
            keys.insert(select.field.clone());
            true
        }
        Expr::Select(select) => gather_keys(&select.operand, list, keys),
        Expr::List(list_of) => gather_all(&list_of.elements, list, keys),
        Expr::Call(call) => {
            let key = match call.args.as_slice() {
                [left, right] if call.func_name == operators::INDEX && is_list(left) => Some(right),
                [left, right] if call.func_name == operators::IN && is_list(right) => Some(left),
                _ => None,
            };
            match key.map(|key| &key.expr) {
                Some(Expr::Literal(LiteralValue::String(text))) => {
                    keys.insert(text.inner().to_owned());
                    true
                }
                Some(_) | None => {
                    gather_all(call.target.as_deref().into_iter().chain(&call.args), list, keys)
                }
            }
        }
        Expr::Comprehension(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_)
        | Expr::Unspecified => true,
    }
}

fn gather_all<'a>(
    all: impl IntoIterator<Item = &'a IdedExpr>,
    list: &str,
    keys: &mut BTreeSet<String>,
) -> bool {
    let mut is_all = true;
    for one in all {
        is_all &= gather_keys(one, list, keys);
    }
    is_all
}
