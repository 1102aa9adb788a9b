using System.Text.RegularExpressions;

namespace Pawl.Changes.Tampering;

/// <summary>How tests look in one family of languages, line by line: no parser, so that a file that does not compile is judged as well.</summary>
/// <param name="Start">Where a test begins.</param>
/// <param name="Skip">What takes a test out of the run, or lets it pass without a look.</param>
/// <param name="Assertion">What can make a test fail.</param>
/// <param name="Comment">What a line that is only a comment begins with.</param>
internal sealed partial record TestLanguage(Regex Start, Regex Skip, Regex Assertion, string Comment)
{
    private static readonly TestLanguage DotNet = new(DotNetStart(), DotNetSkip(), DotNetAssertion(), "//");
    private static readonly TestLanguage JavaScript = new(JavaScriptStart(), JavaScriptSkip(), JavaScriptAssertion(), "//");
    private static readonly TestLanguage Python = new(PythonStart(), PythonSkip(), PythonAssertion(), "#");
    private static readonly TestLanguage Go = new(GoStart(), GoSkip(), GoAssertion(), "//");
    private static readonly TestLanguage Rust = new(RustStart(), RustSkip(), RustAssertion(), "//");
    private static readonly TestLanguage Java = new(JavaStart(), JavaSkip(), JavaAssertion(), "//");
    private static readonly TestLanguage Ruby = new(RubyStart(), RubySkip(), RubyAssertion(), "#");
    private static readonly TestLanguage C = new(CStart(), CSkip(), CAssertion(), "//");
    private static readonly TestLanguage Shell = new(ShellStart(), ShellSkip(), ShellAssertion(), "#");
    private static readonly TestLanguage Other = new(OtherStart(), OtherSkip(), OtherAssertion(), "//");

    /// <summary>A recorded expectation: each of its lines is one.</summary>
    private static readonly TestLanguage Snapshot = new(Never(), Never(), AnyText(), "\0");

    /// <summary>The language of a file by its name; null for one that holds no code and no recorded expectation.</summary>
    public static TestLanguage? Of(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        if (SnapshotName().IsMatch(name)) return Snapshot;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".cs" or ".fs" or ".vb" or ".razor" => DotNet,
            ".js" or ".jsx" or ".mjs" or ".cjs" or ".ts" or ".tsx" or ".mts" or ".cts" or ".vue" or ".svelte" => JavaScript,
            ".py" => Python,
            ".go" => Go,
            ".rs" => Rust,
            ".java" or ".kt" or ".kts" or ".scala" or ".groovy" => Java,
            ".rb" => Ruby,
            ".c" or ".cc" or ".cpp" or ".cxx" or ".h" or ".hh" or ".hpp" or ".m" or ".mm" => C,
            ".sh" or ".bash" or ".bats" or ".t" or ".pl" or ".zsh" or ".ksh" => Shell,
            ".php" or ".swift" or ".ex" or ".exs" or ".dart" or ".lua" or ".hs" or ".ml" or ".clj" or ".erl" or ".jl" or ".r" or ".nim" or ".zig" => Other,
            _ => null,
        };
    }

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"\.(?:snap|golden|approved\.\w+|verified\.\w+)$|\.(?:approved|verified)\.", Options)]
    private static partial Regex SnapshotName();

    [GeneratedRegex(@"(?!)", Options)]
    private static partial Regex Never();

    [GeneratedRegex(@"\S", Options)]
    private static partial Regex AnyText();

    [GeneratedRegex(@"[\[<,]\s*(?:\w+\.)*(?:Fact|Theory|Test|TestMethod|TestCase|DataTestMethod|Property)(?:Attribute)?\s*[\](,>]", Options)]
    private static partial Regex DotNetStart();

    [GeneratedRegex(@"\bSkip(?:When|Unless|Type|Exceptions)?\s*=(?!=)|[\[<,]\s*(?:\w+\.)*(?:Ignore|Explicit)(?:Attribute)?\s*[\](,>]|\bAssert\.(?:Skip\w*|Ignore|Inconclusive|Pass|Warn)\b|\bSkip\.(?:If|IfNot|When|Unless)\b|\bAssume\.|^#if\s+(?:false|FALSE|NEVER|0)\b", Options)]
    private static partial Regex DotNetSkip();

    [GeneratedRegex(@"\b\w*Assert\w*\s*\.(?!Skip|Ignore|Inconclusive|Pass|Warn)|\bAssert\w+\s*[(<]|\.Should\w*\b|\bShould\w*\s*[.(]|\bVerify\w*\s*\(|\bExpect\w*\s*[.(]|[\[,]\s*(?:InlineData|DataRow|TestCase|ExpectedException)\b", Options)]
    private static partial Regex DotNetAssertion();

    [GeneratedRegex(@"(?<![\w.$])(?:it|test|specify)(?:\.\w+)*\s*\(", Options)]
    private static partial Regex JavaScriptStart();

    [GeneratedRegex(@"\.\s*(?:skip|skipIf|runIf|only|todo|fixme|failing|fails)\b\s*(?:[(`.]|$)|(?<![\w.$])(?:x(?:it|test|describe|context|specify)|f(?:it|describe|test|context))\s*[(.]|\b(?:skip|todo|only)\s*:\s*(?:true|['""`])|(?<![\w.$])pending\s*\(|process\.exit\(\s*0?\s*\)|\bok\b.*#\s*(?:SKIP|TODO)\b", Options)]
    private static partial Regex JavaScriptSkip();

    [GeneratedRegex(@"\bexpect\w*\s*[(.]|\bassert\w*\s*[(.]|\.should\b|\bshould\s*[(.]|\bt\.(?:is|not|deepEqual|notDeepEqual|like|throws\w*|notThrows\w*|true|false|truthy|falsy|ok|notOk|equal|notEqual|same|match|rejects|snapshot|plan|fail)\s*\(|\.toMatch\w*|\.resolves\b|\.rejects\b|\bcy\.", Options)]
    private static partial Regex JavaScriptAssertion();

    [GeneratedRegex(@"^\s*(?:async\s+)?def\s+test\w*\s*\(", Options)]
    private static partial Regex PythonStart();

    [GeneratedRegex(@"\bmark\.(?:skip\w*|xfail)\b|\bpytest\.(?:skip|xfail|importorskip|exit)\s*\(|\bunittest\.(?:skip\w*|expectedFailure|SkipTest)\b|@(?:skip\w*|expectedFailure)\b|\.skipTest\s*\(|\bSkipTest\b|__test__\s*=\s*False|\bcollect_ignore\w*\b|\bpytestmark\s*=|\b(?:sys|os)\._?exit\s*\(\s*0?\s*\)|\bok\b.*#\s*(?:SKIP|TODO)\b", Options)]
    private static partial Regex PythonSkip();

    [GeneratedRegex(@"\bassert\b|\bself\.(?:assert\w*|fail\w*)\s*\(|\bpytest\.(?:raises|warns|approx|fail|deprecated_call)\b|\bassert_\w+\s*\(|\bmark\.parametrize\b", Options)]
    private static partial Regex PythonAssertion();

    [GeneratedRegex(@"^func\s+(?:\([^)]{0,80}\)\s*)?(?:Test|Fuzz|Example)\w*\s*\(", Options)]
    private static partial Regex GoStart();

    [GeneratedRegex(@"\b\w+\.Skip(?:f|Now)?\s*\(|\btesting\.Short\s*\(|^//\s*\+?(?:go:)?build\b|\bos\.Exit\s*\(\s*0\s*\)", Options)]
    private static partial Regex GoSkip();

    [GeneratedRegex(@"\b\w+\.(?:Errorf?|Fatalf?|Fail|FailNow)\s*\(|\b(?:assert|require|is|qt|check)\.\w+\s*\(|\bcmp\.(?:Diff|Equal)\s*\(|\bExpect\s*\(|Ω\(|\breflect\.DeepEqual\s*\(|^//\s*(?:Unordered\s+)?[Oo]utput:", Options)]
    private static partial Regex GoAssertion();

    [GeneratedRegex(@"#\[\s*(?:\w+::)*(?:test|rstest|test_case|quickcheck|bench)\b", Options)]
    private static partial Regex RustStart();

    [GeneratedRegex(@"#!?\[\s*(?:ignore|should_panic|cfg_attr\(.*\bignore|cfg\s*\(\s*(?:any\(\s*\)|FALSE|not\())|\bprocess::exit\s*\(\s*0\s*\)", Options)]
    private static partial Regex RustSkip();

    [GeneratedRegex(@"\b\w*assert\w*!|\bpanic!|\bmatches!|\.expect(?:_err)?\s*\(|\.unwrap_err\s*\(|\bunreachable!", Options)]
    private static partial Regex RustAssertion();

    [GeneratedRegex(@"@(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property)\b", Options)]
    private static partial Regex JavaStart();

    [GeneratedRegex(@"@(?:Disabled\w*|Ignore\w*|EnabledIf\w*|EnabledOn\w*|EnabledFor\w*)\b|\bAssum(?:e|ptions)\s*\.|\bassum(?:e|ing)\w*\s*\(|\benabled\s*=\s*false|\bSystem\.exit\s*\(\s*0\s*\)", Options)]
    private static partial Regex JavaSkip();

    [GeneratedRegex(@"\bassert\w*\b|\bAssert\w*\s*\.|\bverify\w*\s*\(|\bfail\s*\(|\bshould\w*\b|\bexpect\w*\b|@(?:ValueSource|CsvSource)\b", Options)]
    private static partial Regex JavaAssertion();

    [GeneratedRegex(@"^\s*(?:it|specify|test)\b|^\s*def\s+test_", Options)]
    private static partial Regex RubyStart();

    [GeneratedRegex(@"^\s*(?:x|f)(?:it|describe|context|specify|example)\b|^\s*(?:skip|pending)\b|\b(?:skip|pending|focus)\s*:\s|:(?:skip|pending|focus)\b", Options)]
    private static partial Regex RubySkip();

    [GeneratedRegex(@"\bexpect\b|\bassert\w*\b|\brefute\w*\b|\.should\b|\bshould\w*\b|\b(?:must|wont)_\w+|\bflunk\b|\bis_expected\b", Options)]
    private static partial Regex RubyAssertion();

    [GeneratedRegex(@"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST|TEST_CASE|BOOST_AUTO_TEST_CASE|SCENARIO|START_TEST)\s*\(", Options)]
    private static partial Regex CStart();

    [GeneratedRegex(@"\bGTEST_SKIP\b|\bDISABLED_|\bSKIP\s*\(|\bTEST_IGNORE\w*\b|\bdoctest::skip\b|\bdisabled\s*\(|\[\.\w*\]|\[!(?:mayfail|shouldfail)\]|^#\s*if\s+0\b|\bexit\s*\(\s*(?:0|EXIT_SUCCESS)\s*\)", Options)]
    private static partial Regex CSkip();

    [GeneratedRegex(@"\b(?:ASSERT|EXPECT|CHECK|REQUIRE|BOOST_CHECK|BOOST_TEST|BOOST_REQUIRE|TEST_ASSERT|CU_ASSERT|FAIL|XCTAssert|XCTFail|static_assert|assert|ck_assert|g_assert)\w*\s*\(", Options)]
    private static partial Regex CAssertion();

    [GeneratedRegex(@"^\s*@test\b|^\s*(?:function\s+)?test\w*\s*\(\s*\)|^\s*subtest\b", Options)]
    private static partial Regex ShellStart();

    [GeneratedRegex(@"\bok\b.*#\s*(?:SKIP|TODO|skip|todo)\b|1\.\.0\b|^\s*(?:skip|todo_skip|plan\s+skip_all)\b|\bexit\s+0\b|\|\|\s*(?:true|:)(?:\s|$)|^\s*set\s+\+e\b", Options)]
    private static partial Regex ShellSkip();

    [GeneratedRegex(@"\bassert\w*|(?:^|[\s;&|!])(?:test|\[|\[\[)\s|\b(?:diff|cmp)\b|\bgrep\s+-\w*q|\bexit\s+[1-9]|\bnot ok\b|^\s*(?:ok|is|isnt|is_deeply|like|unlike|cmp_ok|isa_ok|can_ok|fail|lives_ok|dies_ok|throws_ok)\b|\|\|\s*(?:exit|return|fail|die)\b|^\s*set\s+-\w*e", Options)]
    private static partial Regex ShellAssertion();

    [GeneratedRegex(@"\bfunc(?:tion)?\s+test\w*|^\s*test\b", Options)]
    private static partial Regex OtherStart();

    [GeneratedRegex(@"\bskip\w*\s*[(:=]|@tag\s+:?skip|\bmarkTest(?:Skipped|Incomplete)\b|\bXCTSkip\w*|@(?:Disabled|Ignore|Skip)\b", Options)]
    private static partial Regex OtherSkip();

    [GeneratedRegex(@"\bassert\w*|\bexpect\w*|\bXCT(?:Assert|Fail)\w*|\bshould\w*\b|#expect\b|#require\b|\brefute\w*", Options | RegexOptions.IgnoreCase)]
    private static partial Regex OtherAssertion();
}
