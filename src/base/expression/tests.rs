//! What expressions mean, what is refused, and that nothing makes them panic.

use super::*;
use crate::base::time::Millis;
use crate::base::user_data::UserData;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn what_is_absent_is_the_empty_text() {
    let nothing = UserData::default();
    let offline = nothing.clone().with("IsOnline", "0");

    assert!(holds("UData['IsOnline'] != '0'", &nothing));
    assert!(!holds("UData['IsOnline'] != '0'", &offline));
    assert!(holds("UData['FirstName'] == ''", &nothing));
    assert!(!holds("'IsOnline' in UData", &nothing));
    assert!(holds("'IsOnline' in UData && UData.IsOnline == '0'", &offline));
}

#[test]
fn values_of_user_data_compare_as_texts_until_they_are_made_numbers() {
    let data = UserData::default().with("status", -2_i64).with("at", "900").with("name", "Ann");

    assert!(holds("UData['status'] == '-2'", &data));
    assert!(holds("UData['at'] > '1000'", &data));
    assert!(holds("number(UData['at']) < _current_time()", &data));
    assert!(holds("number(UData['name']) == 0 && number(UData['absent']) == 0", &data));
    assert!(holds("UData['name'] in ['Ann', 'Bob'] && UData.name.startsWith('A')", &data));
}

#[test]
fn a_skill_that_nobody_gave_is_0() {
    let levels = BTreeMap::from([("German".to_owned(), 7)]);
    let variables = Variables::at(Millis(0)).with("Skill", Variable::Numbers(&levels));
    let holds = |text: &str| Expression::read(text).unwrap().holds(&variables).unwrap();

    assert!(holds("Skill['German'] >= 5 && Skill['French'] == 0"));
    assert!(!holds("Skill.French > 0"));
}

#[test]
fn values_become_what_user_data_has() {
    let data = UserData::default().with("attempts", "3");
    let value = |text: &str| Value::from(evaluate(text, &data).unwrap());

    assert_eq!(value("number(UData['attempts']) - 1"), Value::Number(2));
    assert_eq!(value("'try ' + UData['attempts']"), "try 3".into());
    assert_eq!(value("UData['attempts'] == '3'"), "true".into());
    assert_eq!(value("UData['x'] == '' ? 'none' : UData['x']"), "none".into());
}

#[test]
fn a_fault_says_where_it_is_and_what_to_write() {
    let fault = |text: &str| match Expression::read(text) {
        Ok(expression) => expression.check(&vocabulary(), Some(Kind::Flag)).unwrap_err(),
        Err(fault) => fault,
    };

    let compared = fault("UData['a'] == ''\n  && UData['b'] == 3");
    assert_eq!((compared.line, compared.column), (2, 17), "{compared}");
    assert!(compared.what.contains("number(…)"), "{compared}");
    assert!(fault("Udata['a'] == ''").what.contains("there is no 'Udata' here; there are"));
    assert!(fault("matches(UData['a'], 'x')").what.contains("there is no 'matches'"));
    assert!(fault("number(UData['a'])").what.contains("gives number"));
    assert!(fault("UData").what.contains("whole list"));
    assert!(fault("1 +").line == 1);
    assert!(fault("").line == 1);
    assert!(fault("[1, 2].exists(x, x > 1)").what.contains("there is no 'exists'"));
    assert!(fault("{'a': 1}.a == 1").what.contains("not part of the language"));
    assert!(fault("1.5 > 1.0").what.contains("whole numbers"));
    assert!(fault("r'raw' == ''").what.contains("quotes"));
}

#[test]
fn what_is_looked_for_in_a_list_must_be_of_its_kind() {
    let checked = |text: &str| {
        let expression = Expression::read(text).unwrap();
        expression.check(&vocabulary(), Some(Kind::Flag)).map_err(|fault| fault.what)
    };
    let fault = |text: &str| checked(text).unwrap_err();

    for fine in ["number(UData['n']) in [1, 2]", "UData['a'] in ['x', 'y']", "true in [1 == 1]"] {
        assert_eq!(checked(fine), Ok(()), "{fine}");
    }
    assert!(fault("UData['n'] in [1, 2]").contains("text and a list of numbers"));
    assert!(fault("1 in ['1']").contains("number and a list of texts"));
    assert!(fault("1 in [1, 'x']").contains("of one kind: here text stands beside number"));
    assert!(fault("1 in [[1], [2]]").contains("no lists in it"));
    assert!(fault("'a' in [UData]").contains("no lists in it"));
    assert!(fault("1 in []").contains("empty list"));
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let refused = |text: String| Expression::read(&text).unwrap_err().what;

    assert!(refused("1".repeat(2_001)).contains("2000 characters"));
    assert!(refused(format!("0{}", "+1".repeat(33))).contains("operators"));
    assert!(refused(format!("{}1{}", "(".repeat(7), ")".repeat(7))).contains("brackets"));
}

#[test]
fn nothing_hides_from_the_limits() {
    let refused = |text: String| Expression::read(&text).unwrap_err().what;
    let (opened, closed) = ("[".repeat(60), "]".repeat(60));

    assert!(refused(format!("// '\n{opened}{closed} // '")).contains("no comments"));
    assert!(refused(format!("1 // '\n + {opened}{closed}")).contains("no comments"));
    for text in ["'\n{}'", "'{}", "'\\z{}'", "'\\", "'a\r{}'"] {
        let fault = refused(text.replace("{}", &opened));
        assert!(fault.contains("end in its line") || fault.contains("written with"), "{fault}");
    }
    for chain in ["1{}", "true{}", "0x1{}", "'a'{}", "é{}"] {
        assert!(refused(chain.replace("{}", &" in 1".repeat(33))).contains("operators"), "{chain}");
    }
    assert!(refused(format!("1{}", "in 1".repeat(33))).contains("operators"));
    assert!(holds("'//' + 'in [(' == '//in [('", &UserData::default()));
    assert!(holds(r#"'it\'s' + "\t\\" != ''"#, &UserData::default()));
}

#[test]
fn what_is_just_allowed_is_read_and_evaluated() {
    let nothing = UserData::default();
    for (chain, n) in [("+ 1", 32), ("* 1", 32), ("== true", 32), ("? 1 : 1", 32), (".a", 32)] {
        use_it(&format!("0{}", chain.repeat(n)));
    }
    for chain in ["['a']", "in [", "!", "-", "1 + (", "f(", "true ? 1 : ", "!(", "[0, "] {
        use_it(&chain.repeat(32));
        use_it(&format!("{}1{}", chain.repeat(6), ")".repeat(6)));
        use_it(&format!("{}1{}", chain.repeat(6), "]".repeat(6)));
    }
    let nested = format!("{}1{}{} == 9", "(".repeat(6), ")".repeat(6), " + 1".repeat(25));
    assert!(!holds(&nested, &nothing));
    assert!(!holds(&format!("0{} == 9", "+1".repeat(31)), &nothing));
    assert!(holds(&format!("{}true{}", "(".repeat(6), ")".repeat(6)), &nothing));
    let terms = format!("true{}", " && (UData['x'] == '' || true)".repeat(10));
    assert!(holds(&terms, &nothing));
    assert!(holds(&format!("true{}", " && true".repeat(240)), &nothing));
}

#[test]
fn what_cannot_be_evaluated_says_why_and_tells_no_value() {
    let data = UserData::default().with("secret", "hunter2");

    let fault = |text: &str| evaluate(text, &data).unwrap_err().to_string();

    assert!(fault("1 / 0 == 1").contains("divides by zero"));
    assert!(fault("9223372036854775807 + 1 > 0").contains("too large"));
    assert!(fault("Nobody == 1").contains("there is no 'Nobody'"));
    let misfit = fault("UData['secret'] < 1");
    assert!(!misfit.contains("hunter2"), "{misfit}");
}

#[test]
fn an_expression_is_stored_as_its_text() {
    let read: Expression = serde_json::from_str("\"UData['a'] == ''\"").unwrap();

    assert_eq!(serde_json::to_string(&read).unwrap(), "\"UData['a'] == ''\"");
    assert!(serde_json::from_str::<Expression>("\"1 +\"").is_err());
    assert!(read.asks_for("UData", "a") && !read.asks_for("UData", "b"));
}

#[test]
fn it_says_which_entries_it_asks_for_and_when_that_cannot_be_said() {
    let keys = |text: &str| {
        let keys = Expression::read(text).unwrap().keys_of("UData");
        keys.map(|keys| keys.into_iter().collect::<Vec<_>>())
    };
    let known = |keys: &[&str]| Some(keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());

    assert_eq!(keys("Skill[UData['Topic']] > 0 && 'Lang' in UData"), known(&["Lang", "Topic"]));
    assert_eq!(keys("UData.Topic == 'x'"), known(&["Topic"]));
    assert_eq!(keys("Skill['German'] > 0"), known(&[]));
    assert_eq!(keys("UData[Queue] == 'x' || UData['a'] == ''"), None);
    assert_eq!(keys("Queue in UData"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        use_it(&text);
    }

    #[test]
    fn no_mixture_of_its_words_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..40),
    ) {
        use_it(&words.concat());
    }
}

/// Pieces that make sense together often enough.
const WORDS: &[&str] = &[
    "UData",
    "['a']",
    ".a",
    "'",
    "\"",
    "'x'",
    "0",
    "-9223372036854775808",
    "1u",
    "2.5",
    "b'x'",
    "true",
    "null",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "?",
    ":",
    ",",
    ".",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " == ",
    " != ",
    " < ",
    " >= ",
    " && ",
    " || ",
    "!",
    "-",
    " in ",
    "number(",
    "string(",
    "size(",
    ".contains(",
    "has(",
    ".map(x, ",
    "_current_time()",
    "\\",
    "\n",
    "// x",
    "é",
    "`a`",
];

fn use_it(text: &str) {
    let data = UserData::default().with("a", "1");
    if let Ok(expression) = Expression::read(text) {
        let _ = expression.check(&vocabulary(), None);
        let _ = expression.holds(&variables(&data));
    }
}

fn evaluate(text: &str, data: &UserData) -> Result<Outcome, EvaluationFault> {
    Expression::read(text).unwrap().evaluate(&variables(data))
}

fn holds(text: &str, data: &UserData) -> bool {
    let expression = Expression::read(text).unwrap();
    expression.check(&vocabulary(), Some(Kind::Flag)).unwrap();
    expression.holds(&variables(data)).unwrap()
}

fn variables(data: &UserData) -> Variables<'_> {
    Variables::at(Millis(1_000_000)).with("UData", Variable::UserData(data))
}

fn vocabulary() -> Vocabulary {
    BTreeMap::from([("UData", Kind::Texts), (CURRENT_TIME, Kind::Number)])
}
