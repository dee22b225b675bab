//! The first look at an expression, before the library sees it: how long it is and how deep it may
//! become. Each operator and each bracket can make a tree one step deeper, and reading, evaluating
//! and dropping it take some stack for each step. `&&` and `||` are not counted: the library keeps
//! what they join flat.
//!
//! What is no operator to the scanner must be none to the library either, or it would read on where
//! nothing was counted. So there are no comments, and a text ends in its line, has no escapes but the
//! common ones, and ends: the library goes on behind the quote of a text that it cannot read.

use crate::base::expression::fault::ExpressionFault;

/// Longer ones belong into several blocks or views.
const MOST_CHARACTERS: usize = 2_000;

/// Operators, opening brackets and dots together, outside of texts. `in` is an operator too.
const MOST_STEPS: usize = 32;

/// What may stand behind a backslash in a text.
const ESCAPES: &[char] = &['\\', '\'', '"', 'n', 'r', 't'];

/// Brackets within brackets, which take the most stack.
const MOST_DEPTH: usize = 6;

pub(super) fn scan(text: &str) -> Result<(), ExpressionFault> {
    if MOST_CHARACTERS < text.chars().count() {
        let what = format!("is longer than {MOST_CHARACTERS} characters: cut it up");
        return Err(ExpressionFault::at(text, MOST_CHARACTERS, what));
    }
    let mut scanner = Scanner { text, n_steps: 0, depth: 0, before: ' ', word: String::new() };
    let mut signs = text.chars().enumerate();
    while let Some((offset, sign)) = signs.next() {
        match sign {
            '\'' | '"' => {
                scanner.end_word(offset)?;
                scanner.check_quote(offset)?;
                scanner.skip_text((offset, sign), &mut signs)?;
            }
            _ => scanner.take(offset, sign)?,
        }
        scanner.before = sign;
    }
    scanner.end_word(text.chars().count())
}

struct Scanner<'a> {
    text: &'a str,
    n_steps: usize,
    depth: usize,
    before: char,
    /// Letters, digits and underscores up to here. The library knows no others.
    word: String,
}

impl Scanner<'_> {
    fn take(&mut self, offset: usize, sign: char) -> Result<(), ExpressionFault> {
        if sign.is_ascii_alphanumeric() || sign == '_' {
            self.word.push(sign);
            return Ok(());
        }
        self.end_word(offset)?;
        if sign == '/' && self.before == '/' {
            return Err(self.fault(offset, "an expression has no comments"));
        }
        if self.is_step(sign) {
            self.step(offset)?;
        }
        match sign {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if MOST_DEPTH < self.depth {
            let what = format!("has more than {MOST_DEPTH} brackets within brackets: cut it up");
            return Err(self.fault(offset, what));
        }
        Ok(())
    }

    /// A number may touch the operator that follows it.
    fn end_word(&mut self, offset: usize) -> Result<(), ExpressionFault> {
        let word = std::mem::take(&mut self.word);
        let begins_with_number = word.starts_with(|sign: char| sign.is_ascii_digit());
        let is_operator = word == "in" || begins_with_number && word.ends_with("in");
        if is_operator { self.step(offset) } else { Ok(()) }
    }

    fn step(&mut self, offset: usize) -> Result<(), ExpressionFault> {
        self.n_steps += 1;
        if MOST_STEPS < self.n_steps {
            let what = format!("has more than {MOST_STEPS} operators and brackets: cut it up");
            return Err(self.fault(offset, what));
        }
        Ok(())
    }

    fn is_step(&self, sign: char) -> bool {
        let is_word = sign.is_alphanumeric() || sign.is_whitespace() || sign == '_';
        let is_flat = ['&', '|', ',', ':', ')', ']', '}'].contains(&sign);
        let is_second = sign == '=' && ['=', '!', '<', '>'].contains(&self.before);
        !is_word && !is_flat && !is_second
    }

    /// Raw texts, bytes and texts in triple quotes are left out of the language: nobody needs them,
    /// and without them it is plain where a text ends.
    fn check_quote(&self, offset: usize) -> Result<(), ExpressionFault> {
        let is_plain = !self.before.is_alphanumeric() && !['\'', '"'].contains(&self.before);
        let what = "a text must stand alone, in single or double quotes";
        if is_plain { Ok(()) } else { Err(self.fault(offset, what)) }
    }

    /// Goes behind the quote that ends a text.
    fn skip_text(
        &self,
        (begin, quote): (usize, char),
        signs: &mut impl Iterator<Item = (usize, char)>,
    ) -> Result<(), ExpressionFault> {
        while let Some((offset, sign)) = signs.next() {
            match sign {
                '\\' => {
                    let escaped = signs.next().map(|(_, escaped)| escaped);
                    if !escaped.is_some_and(|escaped| ESCAPES.contains(&escaped)) {
                        let what = r#"only \\, \', \", \n, \r and \t are written with a \"#;
                        return Err(self.fault(offset, what));
                    }
                }
                '\n' | '\r' => break,
                _ if sign == quote => return Ok(()),
                _ => {}
            }
        }
        Err(self.fault(begin, "the text that begins here does not end in its line"))
    }

    fn fault(&self, offset: usize, what: impl Into<String>) -> ExpressionFault {
        ExpressionFault::at(self.text, offset, what)
    }
}
