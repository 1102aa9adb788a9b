using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pawl.Changes.Reports;
using Pawl.Changes.Tampering;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>What the changed files show by themselves, before anything runs: tests weakened, protected paths touched, too much of it.</summary>
/// <param name="gate">The gate file.</param>
/// <param name="repository">Pawl's own repository of the change.</param>
/// <param name="secrets">What the agent was given in confidence.</param>
/// <param name="conventions">The file that agents are given as their standing conventions; null: there is none.</param>
internal sealed partial class FileFindings(GateFile gate, ChangeRepository repository, AgentSecrets secrets, string? conventions)
{
    private const int FileBytes = 1024 * 1024;

    /// <summary>Finds them in the difference from the base commit to a tree, and what a reviewer should know beside them.</summary>
    public async Task<(IReadOnlyList<Finding> Findings, IReadOnlyList<string> Notes)> OfAsync(TreeDiff diff, string tree, CancellationToken cancellationToken)
    {
        var limits = gate.Limits;
        List<Finding> findings = [];
        if (diff.Files.Count > limits.Files)
            findings.Add(new Finding(FindingKind.TooLarge, Words.Count(diff.Files.Count, "file"), string.Create(CultureInfo.InvariantCulture, $"more than the {limits.Files} that a change may touch")));
        if (diff.PatchBytes > limits.PatchKilobytes * 1024L)
            findings.Add(new Finding(FindingKind.TooLarge, string.Create(CultureInfo.InvariantCulture, $"{diff.PatchBytes / 1024} KiB of patch"), string.Create(CultureInfo.InvariantCulture, $"more than the {limits.PatchKilobytes} that a change may have")));
        if (findings.Count > 0) return (findings, []); // nobody looks into so much of it
        List<FileVersions> versions = [];
        foreach (var file in diff.Files)
            versions.Add(new FileVersions(file.Path, await TextAsync(repository.BaseTree, file, file.Kind == ChangeKind.Added, cancellationToken).ConfigureAwait(false), await TextAsync(tree, file, file.Kind == ChangeKind.Deleted, cancellationToken).ConfigureAwait(false)));
        findings.AddRange(versions.SelectMany(file => secrets.NamesIn(file.After ?? "").Select(name => new Finding(FindingKind.Secret, file.Path, $"holds the value of {name}"))
            .Concat(secrets.NamesIn(file.Path).Select(name => new Finding(FindingKind.Secret, file.Path, $"has the value of {name} in its name")))));
        findings.AddRange(diff.Files.Where(file => file.Path == conventions && !WatchedFiles.IsStanding(file.Path)).Select(file => new Finding(FindingKind.ProtectedPath, file.Path, "Agents are given this file as their standing conventions.")));
        findings.AddRange(TamperCheck.OfFiles(versions, gate.Tests, gate.Protected, gate.Checks.Where(check => check.Required).All(check => check.Format != ReportFormat.Text)));
        findings.AddRange(diff.Files.Where(IsOfGate).Select(file => new Finding(FindingKind.TestConfiguration, file.Path, "The gate runs this file.")));
        findings.AddRange(diff.Files.Where(file => file is { OldMode: "100755", NewMode: "100644" } && gate.Tests.Matches(file.Path)).Select(file => new Finding(FindingKind.TestSkipped, file.Path, "It can no longer be executed.")));
        return (findings, [.. versions.SelectMany(GitFileNotes.Of)]);
    }

    // What is among the tests is judged by itself, and runs as it was on the base commit first.
    // A command for a shell names its files within one argument, and perhaps from another folder.
    private bool IsOfGate(ChangedFile file) => file.OldMode is not null && !gate.Tests.Matches(file.Path)
        && gate.Checks.Select(check => check.Run).Concat(gate.Setup).SelectMany(run => run).SelectMany(part => Word().Matches(part).Select(word => word.Value).Append(part))
            .Select(word => word.StartsWith("./", StringComparison.Ordinal) ? word[2..] : word)
            .Any(word => file.Path == word || file.Path.EndsWith("/" + word, StringComparison.Ordinal));

    [GeneratedRegex("""[^\s'"`;&|<>(){}=$]+""", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    // Bytes that git takes for binary are read all the same: a NUL would hide a test's changed lines. What is too much to be read line by line counts as empty.
    private async Task<string?> TextAsync(string tree, ChangedFile file, bool isMissing, CancellationToken cancellationToken)
    {
        if (isMissing) return null;
        try
        {
            return await repository.ReadAsync(tree, file.Path, FileBytes, cancellationToken).ConfigureAwait(false) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
        }
        catch (BadInputException)
        {
            return "";
        }
    }
}
