//! The first look at an expression, before the library sees it: how long it is and how deep it may
//! become. Each operator and each bracket can make a tree one step deeper, and reading, evaluating
//! and dropping it take some stack for each step. `&&` and `||` are not counted: the library keeps
//! what they join flat.

use crate::base::expression::fault::ExpressionFault;

/// Longer ones belong into several blocks or views.
const MOST_CHARACTERS: usize = 2_000;

/// Operators, opening brackets and dots together, outside of texts.
const MOST_STEPS: usize = 32;

/// Brackets within brackets, which take the most stack.
const MOST_DEPTH: usize = 6;

pub(super) fn scan(text: &str) -> Result<(), ExpressionFault> {
    if MOST_CHARACTERS < text.chars().count() {
        let what = format!("is longer than {MOST_CHARACTERS} characters: cut it up");
        return Err(ExpressionFault::at(text, MOST_CHARACTERS, what));
    }
    let mut scanner = Scanner { text, n_steps: 0, depth: 0, before: ' ' };
    let mut signs = text.chars().enumerate();
    while let Some((offset, sign)) = signs.next() {
        match sign {
            '\'' | '"' => {
                scanner.check_quote(offset)?;
                skip_text(&mut signs, sign);
            }
            _ => scanner.take(offset, sign)?,
        }
        scanner.before = sign;
    }
    Ok(())
}

struct Scanner<'a> {
    text: &'a str,
    n_steps: usize,
    depth: usize,
    before: char,
}

impl Scanner<'_> {
    fn take(&mut self, offset: usize, sign: char) -> Result<(), ExpressionFault> {
        self.n_steps += usize::from(self.is_step(sign));
        if MOST_STEPS < self.n_steps {
            let what = format!("has more than {MOST_STEPS} operators and brackets: cut it up");
            return Err(ExpressionFault::at(self.text, offset, what));
        }
        match sign {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if MOST_DEPTH < self.depth {
            let what = format!("has more than {MOST_DEPTH} brackets within brackets: cut it up");
            return Err(ExpressionFault::at(self.text, offset, what));
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
        if is_plain { Ok(()) } else { Err(ExpressionFault::at(self.text, offset, what)) }
    }
}

/// Goes behind the quote that ends a text. If there is none, the library will complain.
fn skip_text(signs: &mut impl Iterator<Item = (usize, char)>, quote: char) {
    while let Some((_, sign)) = signs.next() {
        match sign {
            '\\' => {
                signs.next();
            }
            _ if sign == quote => return,
            _ => {}
        }
    }
}
