using Pawl.Changes.Reports;
using Pawl.Changes.Tampering;
using Xunit;

namespace Pawl.Tests.Changes.Tampering;

public sealed class TamperCheckTests
{
    private static readonly GlobSet Tests = new(["tests/**", "**/*_test.go"]);
    private static readonly GlobSet Protected = new([".pawl/**", "AGENTS.md"]);

    [Theory]
    [InlineData("a.cs", "[Fact(Skip = \"flaky\")]")]
    [InlineData("a.cs", "[Theory(DisplayName = \"x\",\n    Skip = \"flaky\")]")]
    [InlineData("a.cs", "[Ignore]")]
    [InlineData("a.cs", "[Test, Explicit]")]
    [InlineData("a.cs", "Assert.Skip(\"no\");")]
    [InlineData("a.cs", "#if false")]
    [InlineData("a.cs", "[Fact]\npublic void A_B_C()\n{\n    return;\n}")]
    [InlineData("a.js", "it.skip('x', () => {});")]
    [InlineData("a.ts", "describe.only('x', () => {});")]
    [InlineData("a.ts", "it('x', { skip: true }, () => {});")]
    [InlineData("a.mjs", "xit('x', () => {});")]
    [InlineData("a.js", "xdescribe('x', () => {});")]
    [InlineData("a.js", "fit('x', () => {});")]
    [InlineData("a.js", "test.todo('x');")]
    [InlineData("a.js", "test('x', () => {\n  return;\n});")]
    [InlineData("a.js", "console.log('ok 1 # SKIP');")]
    [InlineData("test_a.py", "@pytest.mark.skip")]
    [InlineData("test_a.py", "@pytest.mark.skipif(True, reason='x')")]
    [InlineData("test_a.py", "@pytest.mark.xfail")]
    [InlineData("test_a.py", "pytest.skip('x')")]
    [InlineData("test_a.py", "@unittest.skip('x')")]
    [InlineData("test_a.py", "@unittest.expectedFailure")]
    [InlineData("test_a.py", "self.skipTest('x')")]
    [InlineData("test_a.py", "def test_b():\n    return")]
    [InlineData("a.rs", "#[ignore]")]
    [InlineData("a.rs", "#[ignore = \"slow\"]")]
    [InlineData("a_test.go", "t.Skip(\"x\")")]
    [InlineData("a_test.go", "t.SkipNow()")]
    [InlineData("a_test.go", "//go:build never")]
    [InlineData("a_test.go", "func TestB(t *testing.T) {\n\treturn\n}")]
    [InlineData("A.java", "@Disabled")]
    [InlineData("A.java", "@Disabled(\"x\")")]
    [InlineData("A.java", "Assume.assumeTrue(false);")]
    [InlineData("A.kt", "@Ignore")]
    [InlineData("a.rb", "xit 'x' do")]
    [InlineData("a.rb", "it 'x', skip: true do")]
    [InlineData("a.cc", "GTEST_SKIP();")]
    [InlineData("a.cc", "TEST(A, DISABLED_b)")]
    [InlineData("a.t", "print \"ok 1 # TODO later\\n\";")]
    [InlineData("a.bats", "  skip \"x\"")]
    [InlineData("a.sh", "exit 0")]
    [InlineData("a.php", "$this->markTestSkipped('x');")]
    public void OfFiles_NewSkip_IsFound(string name, string added)
    {
        const string Kept = "\nassert(kept)\n";

        var findings = Of($"tests/{name}", Kept, $"{Kept}\n{added}\n");

        Assert.Equal([FindingKind.TestSkipped], findings.Select(finding => finding.Kind).Distinct());
        Assert.All(findings, finding => Assert.Equal($"tests/{name}", finding.Where));
        Assert.DoesNotContain(Of($"tests/{name}", $"{Kept}\n{added}\n", Kept), finding => finding.Kind == FindingKind.TestSkipped);
        Assert.Empty(Of($"tests/{name}", $"{added}\n{Kept}", $"{Kept}\n\n{added}\n"));
    }

    [Theory]
    [InlineData("a.cs", "var x = list.Skip(1).Take(2);")]
    [InlineData("a.cs", "public void Skip_TwoItems_LeavesThem() { }")]
    [InlineData("a.rs", "let x = v.iter().skip(1);")]
    [InlineData("test_a.py", "# TODO: more tests")]
    [InlineData("a.js", "const fits = it => it.length > 3;")]
    [InlineData("a.js", "test('new', () => { assert.ok(1); });")]
    [InlineData("a.cs", "[Fact]\npublic void A_B_C()\n{\n    var x = 1;\n    return;\n}")]
    public void OfFiles_OrdinaryLines_AreNotFound(string name, string added) => Assert.Empty(Of($"tests/{name}", "assert(kept)\n", $"assert(kept)\n{added}\n"));

    [Theory]
    [InlineData("a.cs", "Assert.Equal(3, total);", "Assert.NotEqual(3, total);")]
    [InlineData("a.cs", "Assert.Equal(3, total);", "")]
    [InlineData("a.cs", "Assert.Equal(3, total);", "// Assert.Equal(3, total);")]
    [InlineData("a.cs", "Assert.Equal(3, total);", "/*\nAssert.Equal(3, total);\n*/")]
    [InlineData("a.cs", "Assert.Equal(\n    3,\n    total);", "Assert.Equal(\n    4,\n    total);")]
    [InlineData("a.cs", "total.Should()\n    .Be(3);", "total.Should()\n    .BePositive();")]
    [InlineData("a.cs", "[InlineData(3)]", "")]
    [InlineData("a.js", "expect(total).toBe(3);", "expect(total).toBeDefined();")]
    [InlineData("a.js", "assert.strictEqual(total, 3);", "assert.ok(total);")]
    [InlineData("test_a.py", "assert total == 3", "assert total")]
    [InlineData("test_a.py", "self.assertEqual(total, 3)", "\"\"\"\nself.assertEqual(total, 3)\n\"\"\"")]
    [InlineData("a_test.go", "if total != 3 {\n\tt.Errorf(\"no\")\n}", "if total < 0 {\n\tt.Errorf(\"no\")\n}")]
    [InlineData("a_test.go", "require.Equal(t, 3, total)", "")]
    [InlineData("a.rs", "assert_eq!(total, 3);", "assert!(true);")]
    [InlineData("A.java", "assertEquals(3, total);", "assertNotNull(total);")]
    [InlineData("a.rb", "expect(total).to eq(3)", "expect(total).to be")]
    [InlineData("a.cc", "EXPECT_EQ(total, 3);", "EXPECT_GE(total, 0);")]
    [InlineData("a.sh", "test \"$total\" = 3", "")]
    [InlineData("a.snap", "total: 3", "total: 4")]
    [InlineData("A.verified.txt", "total: 3", "total: 4")]
    public void OfFiles_AssertionGoneOrChanged_IsFound(string name, string before, string after)
    {
        var kept = name.EndsWith(".sh", StringComparison.Ordinal) ? "test 1 = 1\n" : "ASSERT(1); assert(1); Assert.Equal(1, 1); assert!(1); t.Error(1)\n";

        var finding = Assert.Single(Of($"tests/{name}", $"{kept}{before}\n", $"{kept}{after}\n"));

        Assert.Equal((FindingKind.AssertionRemoved, $"tests/{name}"), (finding.Kind, finding.Where));
        Assert.Contains("is gone or says something else.", finding.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  Assert.True(a);\n  Assert.True(b);\n", "Assert.True(b);\n\n\t\tAssert.True(a);\n")]
    [InlineData("Assert.True(a);\n", "Assert.True(a);\nAssert.True(b);\n")]
    [InlineData("Assert.True(a);\r\n", "Assert.True(a);\n")]
    [InlineData("var x = 1;\nAssert.True(a);", "var x = 2;\nAssert.True(a);")]
    public void OfFiles_MovedReindentedOrMore_IsNotFound(string before, string after) => Assert.Empty(Of("tests/a.cs", before, after));

    [Fact]
    public void OfFiles_NoAssertionLeft_IsEmptied()
    {
        var finding = Assert.Single(Of("tests/a.cs", "Assert.True(a);\nAssert.True(b);", "var a = 1;"));

        Assert.Equal((FindingKind.TestEmptied, "It asserts nothing any more; it held 2 assertions."), (finding.Kind, finding.What));
    }

    [Fact]
    public void OfFiles_FewerTests_IsFound() =>
        Assert.Equal("It holds 1 tests and held 2.", Assert.Single(Of("tests/a.cs", "[Fact]\nvoid A() { X(); }\n[Fact]\nvoid B() { X(); }\n", "[Fact]\nvoid A() { X(); }\nvoid B() { X(); }\n")).What);

    [Fact]
    public void OfFiles_ManyAssertionsGone_ShowsSomeAndCountsTheRest()
    {
        var findings = Of("tests/a.cs", "Assert.True(kept);\n" + string.Concat(Enumerable.Range(0, 50).Select(n => $"Assert.Equal({n}, x);\n")), "Assert.True(kept);\n");

        Assert.Equal(21, findings.Count);
        Assert.Equal("30 more lines of this kind.", findings[^1].What);
    }

    [Fact]
    public void OfFiles_TestFileDeleted_IsFound() => Assert.Equal([FindingKind.TestRemoved], Kinds(new FileVersions("tests/a.cs", "x", null)));

    [Fact]
    public void OfFiles_TestFileMovedAmongTests_IsNotFound() => Assert.Empty(Kinds(new FileVersions("tests/a.cs", "Assert.True(a);", null), new FileVersions("tests/b/c.cs", null, "Assert.True(a);")));

    [Fact]
    public void OfFiles_TestFileMovedAndWeakened_IsFoundWhereItIsNow()
    {
        var finding = Assert.Single(TamperCheck.OfFiles([new("tests/a.cs", "Assert.True(a);\nAssert.True(b);", null), new("tests/b/a.cs", null, "Assert.True(a);")], Tests, Protected, isReported: true));

        Assert.Equal((FindingKind.AssertionRemoved, "tests/b/a.cs"), (finding.Kind, finding.Where));
    }

    [Fact]
    public void OfFiles_TestFileMovedAwayFromTheTests_IsFound() =>
        Assert.Equal([FindingKind.TestRemoved], Kinds(new FileVersions("tests/a.cs", "Assert.True(a);", null), new FileVersions("old/a.cs", null, "Assert.True(a);")));

    [Fact]
    public void OfFiles_TwoDeletedAndOneAdded_CountsTheAddedOnce() =>
        Assert.Equal([FindingKind.TestRemoved], Kinds(new FileVersions("tests/a/t.cs", "x", null), new FileVersions("tests/b/t.cs", "x", null), new FileVersions("tests/c/t.cs", null, "x")));

    [Fact]
    public void OfFiles_TestsInsideTheProduct_AreJudgedAsWell() =>
        Assert.Equal([FindingKind.TestSkipped], Kinds(new FileVersions("src/lib.rs", "#[test]\nfn a() { assert!(x); }", "#[test]\n#[ignore]\nfn a() { assert!(x); }")));

    [Theory]
    [InlineData("it.only('x', f)", 1)]
    [InlineData("it.skip('x', f)", 0)]
    public void OfFiles_NewTestFile_IsFoundOnlyWhereItDeselectsOthers(string text, int findings) => Assert.Equal(findings, Kinds(new FileVersions("tests/a.js", null, text)).Count());

    [Theory]
    [InlineData(".pawl/gate.yaml", nameof(FindingKind.ProtectedPath))]
    [InlineData("AGENTS.md", nameof(FindingKind.ProtectedPath))]
    [InlineData("docs/agents.md", nameof(FindingKind.ProtectedPath))]
    [InlineData("AGENTS.override.md", nameof(FindingKind.ProtectedPath))]
    [InlineData("GEMINI.md", nameof(FindingKind.ProtectedPath))]
    [InlineData(".claude/settings.json", nameof(FindingKind.ProtectedPath))]
    [InlineData(".mcp.json", nameof(FindingKind.ProtectedPath))]
    [InlineData(".cursorrules", nameof(FindingKind.ProtectedPath))]
    [InlineData(".envrc", nameof(FindingKind.ProtectedPath))]
    [InlineData(".vscode/tasks.json", nameof(FindingKind.ProtectedPath))]
    [InlineData(".github/workflows/ci.yml", nameof(FindingKind.CiFile))]
    [InlineData(".gitlab-ci.yml", nameof(FindingKind.CiFile))]
    [InlineData(".gitea/workflows/a.yml", nameof(FindingKind.CiFile))]
    [InlineData(".forgejo/workflows/a.yml", nameof(FindingKind.CiFile))]
    [InlineData(".circleci/config.yml", nameof(FindingKind.CiFile))]
    [InlineData("Jenkinsfile", nameof(FindingKind.CiFile))]
    [InlineData("azure-pipelines.yml", nameof(FindingKind.CiFile))]
    [InlineData(".travis.yml", nameof(FindingKind.CiFile))]
    [InlineData("web/package-lock.json", nameof(FindingKind.LockFile))]
    [InlineData("yarn.lock", nameof(FindingKind.LockFile))]
    [InlineData("pnpm-lock.yaml", nameof(FindingKind.LockFile))]
    [InlineData("src/packages.lock.json", nameof(FindingKind.LockFile))]
    [InlineData("Cargo.lock", nameof(FindingKind.LockFile))]
    [InlineData("go.sum", nameof(FindingKind.LockFile))]
    [InlineData("uv.lock", nameof(FindingKind.LockFile))]
    [InlineData("composer.lock", nameof(FindingKind.LockFile))]
    [InlineData("pytest.ini", nameof(FindingKind.TestConfiguration))]
    [InlineData("pkg/conftest.py", nameof(FindingKind.TestConfiguration))]
    [InlineData("jest.config.ts", nameof(FindingKind.TestConfiguration))]
    [InlineData(".mocharc.json", nameof(FindingKind.TestConfiguration))]
    [InlineData("src/xunit.runner.json", nameof(FindingKind.TestConfiguration))]
    [InlineData("a.runsettings", nameof(FindingKind.TestConfiguration))]
    [InlineData("src/Directory.Build.props", nameof(FindingKind.TestConfiguration))]
    public void OfFiles_WatchedFile_IsFoundWhateverTheChange(string path, string kind)
    {
        Assert.Equal([Enum.Parse<FindingKind>(kind)], Kinds(new FileVersions(path, "a", "b")));
        Assert.Equal([Enum.Parse<FindingKind>(kind)], Kinds(new FileVersions(path, null, "b")));
        Assert.Equal([Enum.Parse<FindingKind>(kind)], Kinds(new FileVersions(path, "a", null)));
        Assert.Equal([Enum.Parse<FindingKind>(kind)], Kinds(new FileVersions(path, "a", "a"))); // another mode, or bytes that are no text
    }

    [Theory]
    [InlineData("package.json", """{"scripts":{"test":"node --test"},"version":"1"}""", """{"scripts":{"test":"true"},"version":"1"}""", 1)]
    [InlineData("package.json", """{"scripts":{"test":"node --test"},"version":"1"}""", """{"scripts":{"test":"node --test"},"version":"2","dependencies":{"a":"1"}}""", 0)]
    [InlineData("package.json", """{"name":"a"}""", """{"name":"a","jest":{"testMatch":[]}}""", 1)]
    [InlineData("package.json", """{"name":"a"}""", "{", 1)]
    [InlineData("pyproject.toml", "[project]\nname='a'\n[tool.pytest.ini_options]\naddopts=''\n", "[project]\nname='a'\n[tool.pytest.ini_options]\naddopts='-k x'\n", 1)]
    [InlineData("pyproject.toml", "[project]\nname='a'\n[tool.pytest.ini_options]\naddopts=''\n", "[project]\nname='b'\n[tool.pytest.ini_options]\naddopts=''\n", 0)]
    [InlineData("setup.cfg", "[metadata]\nname=a\n", "[metadata]\nname=a\n[tool:pytest]\nx=1\n", 1)]
    [InlineData("Makefile", "all:\n\tcc a.c\ntest:\n\t./run\n", "all:\n\tcc a.c\ntest:\n\ttrue\n", 1)]
    [InlineData("Makefile", "all:\n\tcc a.c\ntest:\n\t./run\n", "all:\n\tcc b.c\ntest:\n\t./run\n", 0)]
    public void OfFiles_FileThatIsPartlyAboutTests_IsFoundByThatPart(string path, string before, string after, int findings) =>
        Assert.Equal(Enumerable.Repeat(FindingKind.TestConfiguration, findings), Kinds(new FileVersions(path, before, after)));

    [Fact]
    public void OfFiles_OrdinaryCode_HasNoFindings() => Assert.Empty(Kinds(new FileVersions("src/a.cs", "var a = 1;", "var a = 2;"), new FileVersions("README.md", null, "x"), new FileVersions("src/b.py", "assert x", null)));

    [Fact]
    public void OfFiles_HugeLines_TakeLittleTime()
    {
        var (a, b) = (string.Concat(Enumerable.Repeat("assert(", 200_000)), string.Concat(Enumerable.Repeat("[Fact(\n", 100_000)));

        Assert.NotNull(Of("tests/a.js", a + "\n" + b, b + "\n" + a));
        Assert.NotNull(Of("tests/a.cs", b, b + a));
    }

    [Fact]
    public void OfResults_GoneOrNewlySkipped_IsFound()
    {
        var onBase = Report(("a", TestStatus.Passed), ("b", TestStatus.Failed), ("c", TestStatus.Passed), ("d", TestStatus.Skipped), ("e", TestStatus.Skipped), ("f", TestStatus.Failed));
        var withChange = Report(("a", TestStatus.Failed), ("c", TestStatus.Skipped), ("d", TestStatus.Skipped), ("f", TestStatus.Passed), ("new", TestStatus.Skipped));

        Assert.Equal(
            [new Finding(FindingKind.TestRemoved, "b", "It failed on base and did not run with the change."), new Finding(FindingKind.TestSkipped, "c", "It passed on base and is skipped with the change.")],
            TamperCheck.OfResults(onBase, withChange));
    }

    [Fact]
    public void FindingName_EveryKind_HasANameThatReadsBack()
    {
        foreach (var kind in Enum.GetValues<FindingKind>())
        {
            Assert.Matches("^[a-z]+(-[a-z]+)*$", FindingName.Name(kind));
            Assert.True(FindingName.TryParse(FindingName.Name(kind), out var same) && same == kind);
        }

        Assert.False(FindingName.TryParse("TestRemoved", out _));
        Assert.Equal(Enum.GetValues<FindingKind>().Length, FindingName.All.Count());
    }

    private static IReadOnlyList<Finding> Of(string path, string? before, string? after) => TamperCheck.OfFiles([new FileVersions(path, before, after)], Tests, Protected, isReported: true);

    private static IEnumerable<FindingKind> Kinds(params FileVersions[] changed) => TamperCheck.OfFiles(changed, Tests, Protected, isReported: true).Select(finding => finding.Kind);

    private static TestReport Report(params (string Id, TestStatus Status)[] tests) => new([.. tests.Select(test => new TestCase { Id = test.Id, Status = test.Status })]);
}
