using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pawl.Changes.Tampering;

/// <summary>Files that are no tests and yet decide what the tests and the pipeline around them do.</summary>
internal static partial class WatchedFiles
{
    private static readonly GlobSet Ci = new(
    [
        ".github/**", ".gitlab-ci.yml", ".gitlab-ci/**", ".gitlab/**", ".gitea/**", ".forgejo/**", ".circleci/**", ".woodpecker/**", ".woodpecker.{yml,yaml}", ".drone.{yml,yaml}",
        "**/Jenkinsfile*", "**/azure-pipelines*.{yml,yaml}", ".azure-pipelines/**", ".travis.yml", "appveyor.{yml,yaml}", ".appveyor.yml", "bitbucket-pipelines.yml", ".buildkite/**", ".cirrus.yml",
        ".semaphore/**", ".teamcity/**", "buildspec*.{yml,yaml}", "cloudbuild.{yml,yaml}", ".pre-commit-config.yaml",
    ]);

    // Whatever the gate file says: it is what judges, and these are what agents and editors are told, or run when somebody opens the folder. In lower case: some systems know no other.
    private static readonly GlobSet Standing = new(
    [
        ".pawl/**", "**/agents.md", "**/agents.*.md", "**/claude.md", "**/claude.*.md", "**/gemini.md", ".agent/**", ".agents/**", "agent-config.md", "**/.claude/**", "**/.codex/**", "**/.gemini/**", "**/.cursor/**", "**/.cursorrules",
        "**/.windsurf/**", "**/.windsurfrules", "**/.clinerules/**", "**/.clinerules", "**/.roo/**", "**/.kiro/**", "**/.aider*", "**/.mcp.json", "**/.envrc", "**/.vscode/**", "**/.idea/**", "**/.devcontainer/**", "**/.devcontainer.json",
    ]);

    private static readonly GlobSet Lock = new(
    [
        "**/package-lock.json", "**/npm-shrinkwrap.json", "**/yarn.lock", "**/pnpm-lock.yaml", "**/bun.lockb", "**/packages.lock.json", "**/go.sum", "**/gradle.lockfile", "**/*.lock", "**/Package.resolved",
    ]);

    private static readonly GlobSet Configuration = new(
    [
        "**/pytest.ini", "**/pytest.toml", "**/.pytest.toml", "**/.pytest.ini", "**/conftest.py", "**/tox.ini", "**/noxfile.py", "**/.coveragerc", "**/jest.config.*", "**/jest.setup.*", "**/vitest.config.*", "**/vitest.setup.*", "**/vitest.workspace.*", "**/vite.config.*", "**/.mocharc*",
        "**/ava.config.*", "**/karma.conf.*", "**/playwright.config.*", "**/cypress.config.*", "**/.taprc", "**/xunit.runner.json", "**/*.xunit.runner.json", "**/testconfig.json", "**/*.testconfig.json", "**/*.runsettings", "**/*.testsettings",
        "**/Directory.Build.{props,targets}", "**/Directory.Packages.props", "**/global.json", "**/.rspec", "**/phpunit.xml*", "**/junit-platform.properties", "**/.config/nextest.toml", "**/CTestCustom.cmake", "**/.cargo/config*",
        "**/.npmrc", "**/.yarnrc*", "**/.pnpmfile.cjs", "**/bunfig.toml", "**/[Nn]u[Gg]et.[Cc]onfig", "**/rust-toolchain*", "**/build.rs", "**/babel.config.*", "**/.babelrc*",
        // Python takes what lies beside the tests before what is installed: these would be the runner.
        "**/sitecustomize.py", "**/usercustomize.py", "**/unittest.py", "**/unittest/**", "**/pytest.py", "**/pytest/**", "**/_pytest/**",
    ]);

    private static readonly string[] PackageMembers = ["scripts", "jest", "mocha", "ava", "vitest", "tap", "nyc", "c8", "xo"];

    /// <summary>Whether a file judges or instructs agents.</summary>
    public static bool IsStanding(string path) => Standing.Matches(path.ToLowerInvariant());

    /// <summary>What is to be said of a changed file, whatever the change.</summary>
    public static IEnumerable<Finding> Of(FileVersions file)
    {
        var did = file.Before is null ? "added" : file.After is null ? "removed" : "changed";
        if (IsStanding(file.Path)) yield return new(FindingKind.ProtectedPath, file.Path, $"A file that judges or instructs agents is {did}.");
        if (Ci.Matches(file.Path)) yield return new(FindingKind.CiFile, file.Path, $"A file of continuous integration is {did}.");
        if (Lock.Matches(file.Path)) yield return new(FindingKind.LockFile, file.Path, $"A file that pins dependencies is {did}.");
        if (Configuration.Matches(file.Path)) yield return new(FindingKind.TestConfiguration, file.Path, $"What decides how tests run is {did}.");
        else if (PartOf(file) is { } part) yield return new(FindingKind.TestConfiguration, file.Path, $"{part} is {did}.");
    }

    // Files of which only a part is about tests.
    private static string? PartOf(FileVersions file) => file.Path[(file.Path.LastIndexOf('/') + 1)..] switch
    {
        "package.json" => PackageMembers.Where(member => Member(file.Before, member) != Member(file.After, member)).Select(member => $"\"{member}\"").FirstOrDefault(),
        "setup.cfg" => Differs(file, text => Sections(text, "tool:pytest", "pytest", "coverage")) ? "The section of pytest" : null,
        "pyproject.toml" => Differs(file, text => Sections(text, "tool.pytest", "tool.coverage", "tool.tox", "tool.nox")) ? "The section of pytest, tox or coverage" : null,
        "Cargo.toml" => Differs(file, text => Sections(text, "[test", "[bench", "lib", "profile.test", "package.metadata.nextest")) ? "What Cargo tests" : null,
        "Makefile" or "makefile" or "GNUmakefile" or "justfile" => Differs(file, Targets) ? "A target that tests" : null,
        _ => null,
    };

    private static bool Differs(FileVersions file, Func<string?, string> part) => part(file.Before) != part(file.After);

    // The canonical text of a member; a file that is no JSON differs from every other text.
    private static string Member(string? text, string member)
    {
        if (text is null) return "";
        try
        {
            var package = Json.Parse(text);
            return package.ValueKind == JsonValueKind.Object && package.TryGetProperty(member, out var value) ? value.GetRawText() : "";
        }
        catch (JsonException)
        {
            return text;
        }
    }

    // Lines below the headers that begin with one of the names; "[[test]]" is the header "[test]" of an array of tables.
    private static string Sections(string? text, params string[] names)
    {
        var inside = false;
        return string.Join('\n', (text ?? "").Split('\n').Select(line => line.Trim()).Where(line =>
        {
            if (line.StartsWith('[')) inside = Array.Exists(names, name => line.AsSpan(1).TrimStart(' ').StartsWith(name, StringComparison.Ordinal));
            return inside && line.Length > 0;
        }));
    }

    private static string Targets(string? text)
    {
        var inside = false;
        return string.Join('\n', (text ?? "").Split('\n').Select(line => line.TrimEnd()).Where(line =>
        {
            if (line.Length > 0 && !char.IsWhiteSpace(line[0]) && line[0] != '#') inside = TestTarget().IsMatch(line);
            return inside && line.Length > 0;
        }));
    }

    [GeneratedRegex(@"^[^:=]{0,200}\b(?:tests?|check|verify|ci|lint)\b[^:=]{0,200}:|^(?:TESTS?|CHECK)\w*\s*[:+?]?=", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex TestTarget();
}
