using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pawl.Changes;

/// <summary>A gate file as a beginning, from what a repository holds. A person reads it, and says yes by committing it.</summary>
public static partial class GateDraft
{
    private const int ManifestBytes = 1024 * 1024;
    private const int Entries = 200_000;
    private const int PythonTestsRead = 100;
    private const string NothingOfNode = "# package.json has no test script, and no test files of JavaScript were found: nothing of it is checked.\n";

    /// <summary>Drafts one for a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The file's text; null where nothing is found that can be tested.</returns>
    public static string? For(string folder)
    {
        var files = Files(folder);
        List<Suite> suites = [];
        if (files.Any(file => IsDotNet().IsMatch(file)))
            suites.Add(new Suite("dotnet", ["dotnet", "restore"], ["dotnet", "test", "--no-restore", "--logger", "trx", "--results-directory", "{reports}"], "dotnet", "trx", "**/*.trx"));
        var package = Read(folder, "package.json");
        if (package is not null && Node(package, files) is { } node) suites.Add(node);
        if (Python(folder, files) is { } python) suites.Add(python);
        if (files.Contains("Cargo.toml")) suites.Add(new Suite("cargo", ["cargo", "fetch"], ["cargo", "test", "--offline"], "cargo", "text", null));
        if (files.Contains("go.mod")) suites.Add(new Suite("go", ["go", "mod", "download"], ["go", "test", "./..."], "go", "text", null));
        if (suites.Count == 0) return null;
        return Text(suites, package is null || suites.Exists(suite => suite.Requires is "node" or "npx" or "npm") ? "" : NothingOfNode);
    }

    // Tests of the standard library need nothing that may not be there; whatever names pytest is pytest's. Not with -P, which Python has from 3.11 on, and which
    // would take away the folder that packages beside their tests are imported from.
    private static Suite? Python(string folder, HashSet<string> files)
    {
        var tests = files.Where(file => PythonTest().IsMatch(file)).Order(StringComparer.Ordinal).Take(PythonTestsRead).Select(file => Read(folder, file) ?? "").ToList();
        var isPytest = files.Contains("pytest.ini") || files.Contains("conftest.py") || files.Contains("tests/conftest.py") || (Read(folder, "pyproject.toml") ?? "").Contains("pytest", StringComparison.Ordinal);
        if (!isPytest && tests.Count == 0) return null;
        return isPytest || !tests.Exists(test => test.Contains("unittest", StringComparison.Ordinal)) || tests.Exists(test => test.Contains("pytest", StringComparison.Ordinal))
            ? new Suite("pytest", null, ["python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml={reports}/pytest.xml"], "python3", "junit", "pytest.xml")
            : new Suite("unittest", null, ["python3", "-m", "unittest", "discover"], "python3", "text", null);
    }

    private static Suite? Node(string package, HashSet<string> files)
    {
        var (script, runners, isAlone) = ("", "", true);
        try
        {
            var json = Json.Parse(Encoding.UTF8.GetBytes(package));
            if (Members(json, "scripts") is { } scripts && scripts.TryGetProperty("test", out var test) && test.ValueKind == JsonValueKind.String) script = test.GetString()!;
            if (Members(json, "devDependencies") is { } tools) runners = string.Join(' ', tools.EnumerateObject().Select(tool => tool.Name).Where(tool => tool is "vitest" or "mocha" or "jest"));
            isAlone = !((string[])["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "workspaces"]).Any(name => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out _));
        }
        catch (JsonException)
        {
            // npm cannot read it either: it has no script.
        }

        if (script.Contains("no test specified", StringComparison.Ordinal)) script = ""; // as `npm init` leaves it
        // Without a lock file there must be none after it either: it would pass for a part of the change.
        IReadOnlyList<string>? install = files.Contains("package-lock.json") ? ["npm", "ci"] : isAlone ? null : ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"];
        var named = script.Length > 0 ? script : runners;
        return named switch
        {
            _ when named.Contains("node --test", StringComparison.Ordinal) => Tap(install),
            _ when named.Contains("vitest", StringComparison.Ordinal) => new Suite("vitest", install, ["npx", "vitest", "run", "--reporter=junit", "--outputFile={reports}/vitest.xml"], "npx", "junit", "vitest.xml"),
            _ when named.Contains("mocha", StringComparison.Ordinal) => new Suite("mocha", install, ["npx", "mocha", "--reporter", "xunit", "--reporter-option", "output={reports}/mocha.xml"], "npx", "junit", "mocha.xml"),
            _ when script.Length > 0 => new Suite("npm", install, ["npm", "test"], "npm", "text", null),
            _ when runners.Length > 0 => new Suite("jest", install, ["npx", "jest", "--ci"], "npx", "text", null),
            _ => files.Any(file => NodeTest().IsMatch(file)) ? Tap(install) : null,
        };
    }

    private static Suite Tap(IReadOnlyList<string>? install) => new("node", install, ["node", "--test", "--test-reporter=tap"], "node", "tap", null);

    private static string Text(List<Suite> suites, string note)
    {
        var text = new StringBuilder();
        text.Append("# What a change by an agent must pass. Pawl reads this file from the commit that a change starts from, so that no change judges itself.\n");
        text.Append("# Read it, mend it, try it with `pawl gate run`, and commit it.\nversion: 1\n");
        if (suites.Exists(suite => suite.Setup is not null))
        {
            text.Append("\n# Makes a fresh checkout of the base commit ready, with network and package caches; after it there is neither.\nsetup:\n");
            foreach (var setup in suites.Select(suite => suite.Setup).OfType<IReadOnlyList<string>>()) text.Append("  - ").Append(Argv(setup)).Append('\n');
        }

        text.Append('\n').Append(note).Append("checks:\n");
        foreach (var suite in suites)
        {
            text.Append("  - id: ").Append(suite.Id).Append("\n    run: ").Append(Argv(suite.Run)).Append("\n    requires: ").Append(Argv([suite.Requires]));
            text.Append("\n    timeout: 15m\n    report: {format: ").Append(suite.Format).Append(suite.ReportPath is { } path ? $", path: \"{path}\"" : "").Append("}\n    network: none\n    must_not_modify: true\n    flaky_attempts: 1\n    required: true\n");
        }

        text.Append("\n# Touching these is a finding: no proposal without a person's --allow.\nprotected: [\".pawl/**\", \".github/**\", \".gitlab-ci.yml\", \"AGENTS.md\"]\n");
        text.Append("\n# These are tests: a change is judged with those of the base commit first.\n");
        text.Append("tests: [\"tests/**\", \"test/**\", \"**/*Tests/**\", \"**/*.Tests/**\", \"**/__tests__/**\", \"**/*.test.*\", \"**/*.spec.*\", \"**/test_*.py\", \"**/*_test.go\", \"**/*_test.py\"]\n");
        text.Append("\nlimits: {files: 100, patch_kb: 1024, attempts: 3, wall: 30m, output_kb: 512}\n");
        return text.ToString();
    }

    private static JsonElement? Members(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string Argv(IReadOnlyList<string> argv) => $"[{string.Join(", ", argv.Select(part => $"\"{part}\""))}]";

    private static string? Read(string folder, string name) => new FileInfo(Path.Combine(folder, name)) is { Exists: true, Length: <= ManifestBytes } file ? File.ReadAllText(file.FullName) : null;

    private static HashSet<string> Files(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return Directory.EnumerateFiles(folder, "*", options).Take(Entries).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Where(path => !Foreign().IsMatch(path)).ToHashSet(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^[^/]+\.(?:sln|slnx)$|\.(?:csproj|fsproj|vbproj)$", RegexOptions.CultureInvariant)]
    private static partial Regex IsDotNet();

    [GeneratedRegex(@"(?:^|/)test_[^/]*\.py$|_test\.py$", RegexOptions.CultureInvariant)]
    private static partial Regex PythonTest();

    // What `node --test` takes for tests when it is given none; those in TypeScript from Node.js 22.18 on.
    [GeneratedRegex(@"(?:^|/)(?:(?:[^/]*[._-])?test|test-[^/]*|test/.+)\.[cm]?[jt]s$", RegexOptions.CultureInvariant)]
    private static partial Regex NodeTest();

    [GeneratedRegex(@"(?:^|/)(?:node_modules|\.git|bin|obj|target|\.venv|venv|vendor)/", RegexOptions.CultureInvariant)]
    private static partial Regex Foreign();

    private sealed record Suite(string Id, IReadOnlyList<string>? Setup, IReadOnlyList<string> Run, string Requires, string Format, string? ReportPath);
}
