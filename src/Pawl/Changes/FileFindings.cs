using System.Globalization;
using System.Text;
using Pawl.Changes.Reports;
using Pawl.Changes.Tampering;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>What the changed files show by themselves, before anything runs: tests weakened, protected paths touched, too much of it.</summary>
/// <param name="gate">The gate file.</param>
/// <param name="repository">Pawl's own repository of the change.</param>
/// <param name="secrets">Values that the agent was given in confidence, by the names of their variables.</param>
internal sealed class FileFindings(GateFile gate, ChangeRepository repository, IReadOnlyDictionary<string, string> secrets)
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
        findings.AddRange(versions.SelectMany(file => secrets.Where(secret => file.After?.Contains(secret.Value, StringComparison.Ordinal) == true).Select(secret => new Finding(FindingKind.Secret, file.Path, $"holds the value of {secret.Key}"))));
        findings.AddRange(TamperCheck.OfFiles(versions, gate.Tests, gate.Protected, gate.Checks.Any(check => check.Format is ReportFormat.Trx or ReportFormat.JUnit or ReportFormat.Tap)));
        findings.AddRange(diff.Files.Where(IsOfGate).Select(file => new Finding(FindingKind.TestConfiguration, file.Path, "The gate runs this file.")));
        findings.AddRange(diff.Files.Where(file => file is { OldMode: "100755", NewMode: "100644" } && gate.Tests.Matches(file.Path)).Select(file => new Finding(FindingKind.TestSkipped, file.Path, "It can no longer be executed.")));
        return (findings, [.. versions.SelectMany(GitFileNotes.Of)]);
    }

    // What is among the tests is judged by itself, and runs as it was on the base commit first.
    private bool IsOfGate(ChangedFile file) => file.OldMode is not null && !gate.Tests.Matches(file.Path)
        && gate.Checks.SelectMany(check => check.Run).Any(part => (part.StartsWith("./", StringComparison.Ordinal) ? part[2..] : part) == file.Path);

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
