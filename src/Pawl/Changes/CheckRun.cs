using System.Globalization;
using System.Text;
using Pawl.Changes.Reports;
using Pawl.Changes.Sandboxes;
using Pawl.Changes.Tampering;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>Runs one check on one tree and reads what it reports.</summary>
/// <param name="check">The check.</param>
/// <param name="limits">How much it may use.</param>
/// <param name="confinement">Where it runs.</param>
/// <param name="folder">A folder of Pawl's own for its reports.</param>
internal sealed class CheckRun(GateCheck check, GateLimits limits, Confinement confinement, string folder)
{
    private const int ReportFromOutputBytes = 16 * 1024 * 1024;
    private const int ReportFiles = 1000;

    /// <summary>Runs it, again where it is red and may be flaky, and takes away what it left in the checkout, but for what is ignored.</summary>
    public async Task<CheckResult> RunAsync(ChangeRepository repository, Worktree worktree, string tree, TimeProvider time, CancellationToken cancellationToken)
    {
        if (check.Requires.FirstOrDefault(tool => !Tools.Has(tool)) is { } missing)
            return Red(CheckCause.Missing, $"{missing} is not on the PATH. {Tools.HowToInstall(missing)}");
        var start = time.GetTimestamp();
        var first = await OnceAsync(repository, worktree, tree, 0, cancellationToken).ConfigureAwait(false);
        var result = first;
        for (var again = 1; again <= check.FlakyAttempts && result is { Status: CheckStatus.Failed, Cause: CheckCause.Tests or CheckCause.Exit }; again++)
        {
            result = await OnceAsync(repository, worktree, tree, again, cancellationToken).ConfigureAwait(false);
            if (result.Cause == CheckCause.Left) return result with { Took = time.GetElapsedTime(start) };
            if (result.Status != CheckStatus.Passed) continue;
            return result with
            {
                Status = CheckStatus.Flaky,
                Cause = first.Cause,
                Why = $"{first.Why} When it was run again it passed.",
                FlakyTests = [.. first.Tests(TestStatus.Failed)],
                Took = time.GetElapsedTime(start),
            };
        }

        return first with { Took = time.GetElapsedTime(start) };
    }

    /// <summary>Its result where it cannot be run any more, for what another check left.</summary>
    public CheckResult NotRun() => Red(CheckCause.Left, "it was not run, for the check before it left what cannot be taken away.");

    private async Task<CheckResult> OnceAsync(ChangeRepository repository, Worktree worktree, string tree, int number, CancellationToken cancellationToken)
    {
        var reports = WorkFolder.Fresh(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{check.Id}-{number}")));
        var started = WorkFolder.Now(folder); // what was written before is from an earlier run

        var command = confinement.Command([.. check.Run.Select(part => part.Replace("{reports}", reports, StringComparison.Ordinal))], worktree, check.Network, Budget(), reports);
        var ended = await confinement.Sandbox.RunAsync(command, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var result = Judged(ended, worktree.Folder, reports, started) with { Notes = ended.Notes };
        try
        {
            var left = await PutBackAsync(repository, worktree, tree, cancellationToken).ConfigureAwait(false);
            if (left == tree || !check.MustNotModify) return result;
            var modified = (await repository.DiffAsync(tree, left, cancellationToken).ConfigureAwait(false)).Files.Where(file => file.Kind != ChangeKind.Added).Select(file => file.Path).ToList();
            return modified.Count == 0 ? result : Red(CheckCause.Modified, $"it changed files that are tracked: {Some(modified)}.") with { Report = result.Report, Notes = result.Notes };
        }
        catch (Exception e) when (Leftovers.MayCause(e, worktree.Folder))
        {
            return Red(CheckCause.Left, $"it left what cannot be taken away: {Leftovers.Words(e)}") with { Report = result.Report, Notes = result.Notes };
        }
    }

    // Whatever runs next sees the tree and nothing else. Returns the tree that the check left.
    private static async Task<string> PutBackAsync(ChangeRepository repository, Worktree worktree, string tree, CancellationToken cancellationToken)
    {
        var left = await repository.SnapshotAsync(worktree, cancellationToken).ConfigureAwait(false);
        if (left.Faults.FirstOrDefault(fault => fault.Kind == FaultKind.WorktreeReplaced) is { } fault) throw new DirectoryNotFoundException(fault.Detail);
        if (left.Tree == tree) return tree;
        try
        {
            await repository.UpdateAsync(worktree, tree, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Leftovers.MayCause(e, worktree.Folder))
        {
            WorkFolder.Open(worktree.Folder);
            await repository.UpdateAsync(worktree, tree, cancellationToken).ConfigureAwait(false);
        }

        return left.Tree;
    }

    private CheckResult Judged(CommandResult ended, string tree, string reports, DateTime started)
    {
        if (ended.End != CommandEnd.Exited) return Stopped(ended, tree);
        if (check.Format == ReportFormat.Text) return ended.ExitCode == 0 ? Green(new TestReport([])) : ExitedRed(ended, tree, new TestReport([]));
        switch (ReadReports(ended, tree, reports, started))
        {
            case ReportOutcome.Unreadable unreadable:
                return Red(CheckCause.Report, unreadable.Why) with { Failures = [FailureReader.FromOutput(check.Id, $"{unreadable.Why}\n{Said(ended)}", ended.ExitCode, tree)] };
            case ReportOutcome.Read(var read):
                var report = read.RelativeTo(tree);
                if (report.Tests.Any(test => test.Status == TestStatus.Failed))
                {
                    var count = report.Tests.Count(test => test.Status == TestStatus.Failed);
                    return Red(CheckCause.Tests, string.Create(CultureInfo.InvariantCulture, $"{count} of {report.Tests.Count} {(check.Format == ReportFormat.Sarif ? "results are errors" : "tests failed")}.")) with
                    {
                        Report = report,
                        Failures = FailureReader.FromReport(check.Id, report, tree),
                    };
                }

                if (ended.ExitCode != 0) return ExitedRed(ended, tree, report);
                return check.Format != ReportFormat.Sarif && report.Tests.All(test => test.Status == TestStatus.Skipped)
                    ? Red(CheckCause.Report, "its report names no test that was executed.") with { Report = report }
                    : Green(report);
            default:
                throw new InvalidOperationException("A report is read or not.");
        }
    }

    private ReportOutcome ReadReports(CommandResult ended, string tree, string reports, DateTime started)
    {
        if (check.ReportPath is not { } glob)
        {
            if (ended.Output.Bytes > ReportFromOutputBytes) return new ReportOutcome.Unreadable($"its standard output has {ended.Output.Bytes} bytes, more than a report on standard output may have: let it write to a file in {{reports}}.");
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(ended.Output.Text));
            return ReportReader.Read(check.Format, content, "standard output");
        }

        var files = Matching(reports, glob);
        if (files.Count == 0) files = Matching(tree, glob);
        var fresh = files.Where(file => File.GetLastWriteTimeUtc(file) >= started).ToList();
        if (fresh.Count == 0)
            return new ReportOutcome.Unreadable(files.Count == 0 ? $"it wrote no report {glob}." : $"its report is older than this run: {Path.GetRelativePath(tree, files[0])}.");
        if (fresh.Count > ReportFiles) return new ReportOutcome.Unreadable($"it wrote {fresh.Count} reports; at most {ReportFiles} are read.");
        List<TestCase> tests = [];
        foreach (var file in fresh)
        {
            var outcome = ReportReader.Read(check.Format, file);
            if (outcome is not ReportOutcome.Read(var report)) return outcome;
            tests.AddRange(report.Tests);
        }

        return new ReportOutcome.Read(Distinct(tests));
    }

    // Several projects may have tests of one name.
    private static TestReport Distinct(List<TestCase> tests)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        return new TestReport([.. tests.Select(test => (seen[test.Id] = seen.GetValueOrDefault(test.Id) + 1) is > 1 and var number ? test with { Id = string.Create(CultureInfo.InvariantCulture, $"{test.Id} #{number}") } : test)]);
    }

    private static List<string> Matching(string root, string glob)
    {
        var globs = new GlobSet([glob]);
        var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        List<string> found = [];
        if (new DirectoryInfo(root).LinkTarget is not null) return found; // a check may have made one of its folder
        var folders = new Stack<string>([root]);
        while (folders.TryPop(out var folder))
        {
            try
            {
                foreach (var file in Directory.EnumerateFiles(folder, "*", options))
                {
                    if (globs.Matches(Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/')) && !new FileInfo(file).Attributes.HasFlag(FileAttributes.Device)) found.Add(file);
                }

                foreach (var next in Directory.EnumerateDirectories(folder, "*", options))
                {
                    if (Path.GetFileName(next) is not (".git" or "node_modules")) folders.Push(next);
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
            {
                // It is gone, too deep, or its name is no text: no report is there that could be read.
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private CheckResult Stopped(CommandResult ended, string tree)
    {
        var why = ended.End switch
        {
            CommandEnd.TimedOut => $"it did not end within {Words.Time(check.Timeout)} and was stopped.",
            CommandEnd.OverDisk => string.Create(CultureInfo.InvariantCulture, $"it wrote more than {limits.DiskMegabytes} MiB and was stopped."),
            CommandEnd.OverProcesses => string.Create(CultureInfo.InvariantCulture, $"it had more than {limits.Processes} processes and was stopped."),
            CommandEnd.NotStarted => $"{check.Run[0]} could not be started: {ended.Error.Text.Trim()}",
            _ => "it was stopped.",
        };
        return Red(CheckCause.Stopped, why) with { Failures = [FailureReader.FromOutput(check.Id, $"{why}\n{Said(ended)}", ended.ExitCode, tree)] };
    }

    private CheckResult ExitedRed(CommandResult ended, string tree, TestReport report) =>
        Red(CheckCause.Exit, string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {ended.ExitCode}.")) with
        {
            Report = report,
            Failures = [FailureReader.FromOutput(check.Id, Said(ended), ended.ExitCode, tree)],
        };

    private CheckResult Green(TestReport report) => new() { Id = check.Id, Required = check.Required, Status = CheckStatus.Passed, Report = report };

    private CheckResult Red(CheckCause cause, string why) => new()
    {
        Id = check.Id,
        Required = check.Required,
        Status = CheckStatus.Failed,
        Cause = cause,
        Why = why,
        Failures = [FailureReader.FromReason(check.Id, why)],
    };

    private CommandBudget Budget() => limits.Budget(check.Timeout) is var budget && check.ReportPath is null && check.Format != ReportFormat.Text ? budget with { OutputBytes = ReportFromOutputBytes } : budget;

    private static string Said(CommandResult ended) => ended.Error.Bytes == 0 ? ended.Output.Text : $"{ended.Output.Text}\n{ended.Error.Text}";

    private static string Some(IReadOnlyList<string> paths) => string.Join(", ", paths.Take(5)) + (paths.Count > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {paths.Count - 5} more") : "");
}
