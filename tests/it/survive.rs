//! What people write comes back as they wrote it: keys that nobody knows, texts in any language.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::environment::{ACTION, CHANGE, Repo, World, size};

/// The same in many languages, long enough for everybody; some are written from right to left, some
/// have marks that combine, some need more than one code point a letter.
const LANGUAGES: [&str; 14] = [
    "Der Pool gibt seit Montag höchstens zwanzig statt hundert Verbindungen heraus, weil die Datenbank nicht mehr verträgt; bitte größere Lasten prüfen.",
    "Depuis lundi, le pool ne distribue plus que vingt connexions au lieu de cent ; vérifiez « l'équilibrage » et mesurez la latence à nouveau, s'il vous plaît.",
    "Từ thứ Hai, nhóm kết nối chỉ cấp tối đa hai mươi kết nối thay vì một trăm; hãy đo lại độ trễ của dịch vụ thanh toán trước khi triển khai bất cứ thứ gì.",
    "С понедельника пул выдаёт не более двадцати соединений вместо ста; измерьте задержку службы оплаты ещё раз и сравните её с прошлой неделей.",
    "Από τη Δευτέρα η δεξαμενή δίνει το πολύ είκοσι συνδέσεις αντί για εκατό· μετρήστε ξανά την καθυστέρηση και συγκρίνετε με την προηγούμενη εβδομάδα.",
    "月曜日から、プールは百本ではなく最大二十本の接続しか渡しません。決済サービスの負荷試験をもう一度実行し、先週の基準値と待ち時間を比較してください。設定も確認をお願いします。",
    "从星期一开始，连接池最多只分配二十个连接，而不是一百个。请重新运行结账服务的压力测试，并将延迟与上周的基线进行比较，然后再部署任何内容。谢谢大家的配合与支持。",
    "월요일부터 풀은 백 개 대신 최대 스무 개의 연결만 제공합니다. 결제 서비스의 부하 테스트를 다시 실행하고 지난주 기준값과 지연 시간을 비교해 주세요. 배포는 그 다음입니다.",
    "منذ يوم الاثنين لا يمنح المجمع أكثر من عشرين اتصالاً بدلاً من مئة؛ يرجى قياس زمن الاستجابة لخدمة الدفع مرة أخرى ومقارنته بالأسبوع الماضي قبل النشر.",
    "מאז יום שני המאגר מקצה לכל היותר עשרים חיבורים במקום מאה; אנא מדדו שוב את זמן התגובה של שירות התשלום והשוו אותו לשבוע שעבר לפני כל פריסה חדשה.",
    "सोमवार से पूल सौ के बजाय अधिकतम बीस कनेक्शन देता है; कृपया भुगतान सेवा का लोड परीक्षण फिर से चलाएँ और पिछले सप्ताह की विलंबता से तुलना करें, उसके बाद ही परिनियोजन करें।",
    "ตั้งแต่วันจันทร์พูลให้การเชื่อมต่อสูงสุดยี่สิบแทนที่จะเป็นหนึ่งร้อย โปรดทดสอบโหลดของบริการชำระเงินอีกครั้งและเปรียบเทียบเวลาแฝงกับสัปดาห์ที่แล้วก่อนนำไปใช้งานจริง",
    "ከሰኞ ጀምሮ ገንዳው ከመቶ ይልቅ ቢበዛ ሃያ ግንኙነቶችን ብቻ ይሰጣል፤ እባክዎ የክፍያ አገልግሎቱን የጭነት ሙከራ እንደገና ያካሂዱ እና መዘግየቱን ካለፈው ሳምንት ጋር ያወዳድሩ ከዚያም ያሰማሩ ሁሉንም ለውጦች በጥንቃቄ ይመልከቱ።",
    "🚀 Pool 👩‍👩‍👧‍👦 e\u{301}a\u{308} – “twenty” connections… ½ of 𝒻ℴ𝓇𝓉𝓎; please measure the checkout service again, compare 🇨🇭 and 🇯🇵 with the baseline, and write down both medians.",
];

fn shown(world: &World, repo: &Repo, id: &str) -> Value {
    world.perfteam(repo, "@backend.api", &["flag", "show", id, "--format", "json"]).exits(0).json()
}

#[test]
fn texts_in_any_language_come_back_and_are_judged_by_what_they_say() {
    let (world, repo) = World::with_team();
    for text in LANGUAGES {
        let args = ["flag", "create", "--to", "@database.postgres", "--change", text, "--action", text];
        let more = ["--title", text, "--example", text, "--once", text, "--format", "json"];
        let created = world.perfteam(&repo, "@backend.api", &[&args[..], &more].concat()).exits(0).json();
        let id = created["id"].as_str().expect("an id");
        world.perfteam(&repo, "@database.postgres", &["flag", "decline", id, "--reason", text]).exits(0);
        let flag = shown(&world, &repo, id);
        for key in ["title", "change", "action", "example"] {
            assert_eq!(flag[key], text, "{key}");
        }
        assert_eq!(flag["events"][0]["note"], text);
        let again = world.perfteam(&repo, "@backend.api", &[&args[..], &more].concat()).exits(0).json();
        assert_eq!((&again["id"], &again["existing"]), (&created["id"], &json!(true)));
    }
}

/// Any text, with lines that mean something to Markdown, YAML or git.
fn any_text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        3 => "\\PC{0,30}",
        1 => "[\\\\]{0,2}(#{1,3}|-{3}|<{7}|={7}|>{7}|`{3}|\\.{3}|~{3}|<!--) ?\\PC{0,9}",
        1 => "[ \\t]{0,4}[-*>|&!%@\"'\\[{]{1,3} ?\\PC{0,9}",
    ];
    proptest::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n"))
}

#[test]
fn any_text_comes_back_as_it_was_written() {
    let (world, repo) = World::with_team();
    let cases = u32::try_from(size("TEXTS", 16)).expect("a number");
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(any_text(), any_text(), "\\PC{1,40}"), |(change, note, word)| {
        let change = format!("{CHANGE}\n{change}\n.");
        let note = format!("x\n{note}\n.");
        let keys = json!({ (&word): word, "list": [word] });
        let keys = perfteam::markdown::yaml::write_mapping(keys.as_object().expect("keys"));
        let args = ["flag", "create", "--to", "@database.postgres", "--action", ACTION, "--format", "json"];
        let more = ["--change", &change, "--context", &keys].to_vec();
        let created = world.perfteam(&repo, "@backend.api", &[&args[..], &more].concat()).exits(0).json();
        let id = created["id"].as_str().expect("an id");
        let note_option = format!("--note={note}");
        world.perfteam(&repo, "@database.postgres", &["flag", "complete", id, &note_option]).exits(0);
        let flag = shown(&world, &repo, id);
        prop_assert_eq!(&flag["change"], &json!(change));
        prop_assert_eq!(&flag["events"][0]["note"], &json!(note));
        prop_assert_eq!(&flag["context"], &json!({ (&word): word, "list": [word] }));
        prop_assert_eq!(flag["events"].as_array().map(Vec::len), Some(1));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let verdict = world.perfteam(&repo, "@lead", &["check", "--format", "json"]).json();
    assert_eq!(verdict["blocked"], json!(false), "{verdict:#}");
    let rules = verdict["diagnostics"].as_array().expect("a list").iter().map(|found| &found["rule"]);
    assert!(rules.into_iter().all(|rule| rule == "actor-mismatch" || rule == "unknown-actor"), "{verdict:#}");
}

#[test]
fn keys_that_nobody_knows_are_kept_and_shown() {
    let (world, repo) = World::with_team();
    let (id, path) = world.flag(&repo, "@backend.api", "@database.postgres", &[]);
    let head = format!("{path}/flag.md");
    let keys =
        "effort: 3\nyes: \"no\"\nreviewers:\n  - \"@x.y\"\n  - {name: 接続, since: 2025-01-05}\nwhen: .inf\n";
    repo.write(&head, &repo.read(&head).replacen("\n---\n", &format!("\n{keys}---\n"), 1));
    world.perfteam(&repo, "@database.postgres", &["flag", "lock", &id]).exits(0);
    let events = std::fs::read_dir(repo.path.join(&path)).expect("a folder").flatten();
    let event = events.into_iter().find(|entry| entry.file_name() != "flag.md").expect("an event").path();
    let text = std::fs::read_to_string(&event).expect("a file");
    std::fs::write(&event, text.replacen("\n---\n", "\nhost: worker-7\n---\n", 1)).expect("a file");
    world.perfteam(&repo, "@database.postgres", &["flag", "complete", &id]).exits(0);
    let flag = shown(&world, &repo, &id);
    let expected = json!({
        "effort": 3, "yes": "no", "when": ".inf",
        "reviewers": ["@x.y", {"name": "接続", "since": "2025-01-05"}],
    });
    assert_eq!(flag["extra"], expected);
    assert_eq!(flag["events"][0]["details"]["host"], "worker-7");
    let text = world.perfteam(&repo, "@backend.api", &["flag", "show", &id]).exits(0).stdout;
    for part in ["effort: 3", "接続", "worker-7"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(repo.read(&head).contains(keys), "the file is as it was");
}
