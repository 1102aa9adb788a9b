using Pawl.Changes.Reports;
using Pawl.Changes.Tampering;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes;

/// <summary>
/// The verdict where the agent never was: in fresh checkouts of the base commit with the change, first with the tests of the base commit, then with
/// the change's own on top.
/// </summary>
internal sealed class VerdictRun(Gate gate, Checkouts checkouts, ChangeRepository repository, GateResult onBase, bool forgivesKnown, Action<string, string> watch)
{
    /// <summary>The receipts that the runs are to leave: the step, the tree and the result.</summary>
    public List<(string Step, string Tree, GateResult Result)> Runs { get; } = [];

    /// <summary>Takes it.</summary>
    /// <param name="tree">The tree of the change.</param>
    /// <param name="ofFiles">What its files show already.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<VerdictOutcome> TakeAsync(string tree, IReadOnlyList<Finding> ofFiles, CancellationToken cancellationToken)
    {
        var diff = await repository.DiffAsync(repository.BaseTree, tree, cancellationToken).ConfigureAwait(false);
        List<Finding> findings = [.. ofFiles];
        var tests = gate.File.Tests;
        GateResult? basesTests = null;
        if (diff.Files.Any(file => tests.Matches(file.Path)))
        {
            var withoutTests = await repository.ComposeAsync(repository.BaseTree, tree, path => !tests.Matches(path), cancellationToken).ConfigureAwait(false);
            basesTests = await RunAsync("base-tests", withoutTests, cancellationToken).ConfigureAwait(false);
            findings.AddRange(GateComparison.Of(onBase, basesTests, forgivesKnown).New.Select(failure => new Finding(FindingKind.BaseTestsFail, $"{failure.Check}: {failure.Test}", $"fails with the tests as they were on the base commit: {failure.Message}")));
        }

        var clean = await RunAsync("clean", tree, cancellationToken).ConfigureAwait(false);
        var comparison = GateComparison.Of(onBase, clean, forgivesKnown);
        if (basesTests is not null) findings.AddRange(PassingOnlyAsChanged(basesTests, clean));
        findings.AddRange(TamperCheck.OfResults(onBase.Report, clean.Report));
        var verdict = await VerdictAsync(tree, clean, comparison, diff, cancellationToken).ConfigureAwait(false);
        return new VerdictOutcome(comparison, [.. findings.Distinct()], verdict);
    }

    // What failed before may go on failing; but where it passes, it must not be the test that was mended.
    private static IEnumerable<Finding> PassingOnlyAsChanged(GateResult basesTests, GateResult clean)
    {
        var passing = clean.Report.Tests.Where(test => test.Status == TestStatus.Passed).Select(test => test.Id).ToHashSet(StringComparer.Ordinal);
        return basesTests.Report.Tests.Where(test => test.Status == TestStatus.Failed && passing.Contains(test.Id))
            .Select(test => new Finding(FindingKind.BaseTestsFail, test.Id, $"fails with the tests as they were on the base commit: {test.Message}"));
    }

    private async Task<Verdict> VerdictAsync(string tree, GateResult clean, GateComparison comparison, TreeDiff diff, CancellationToken cancellationToken)
    {
        var before = onBase.Report.Tests.Select(test => test.Id).ToHashSet(StringComparer.Ordinal);
        var isNew = comparison.IsGreen ? clean.Report.Tests.Where(test => !before.Contains(test.Id) && test.Status == TestStatus.Passed).Select(test => test.Id).ToList() : [];
        int? failWithout = null;
        if (isNew.Count > 0 && diff.Files.Any(file => gate.File.Tests.Matches(file.Path)))
        {
            var onlyTests = await repository.ComposeAsync(repository.BaseTree, tree, gate.File.Tests.Matches, cancellationToken).ConfigureAwait(false);
            var without = (await RunAsync("new-tests", onlyTests, cancellationToken).ConfigureAwait(false)).Report.Tests.Where(test => test.Status == TestStatus.Passed).Select(test => test.Id).ToHashSet(StringComparer.Ordinal);
            failWithout = isNew.Count(test => !without.Contains(test));
        }

        return new Verdict
        {
            Checks = [.. clean.Checks.Select(check => new VerdictLine(check.Id, check.Status, check.Required, check.Why))],
            Passed = clean.Report.Tests.Count(test => test.Status == TestStatus.Passed),
            Skipped = clean.Report.Tests.Count(test => test.Status == TestStatus.Skipped),
            Known = NamedTests.Of(comparison.Known),
            Fixed = NamedTests.Of(comparison.Fixed),
            Flaky = NamedTests.Of([.. clean.Checks.SelectMany(check => check.FlakyTests.Select(test => $"{check.Id}: {test}"))]),
            NewTests = NamedTests.Of(isNew),
            NewTestsThatFailWithout = failWithout,
            GateRuns = Runs.Count,
        };
    }

    // Without the rest of the change its new tests are to fail.
    private static GateProgress Wanted(GateProgress progress) => progress.Status switch
    {
        CheckStatus.Failed => progress with { Status = CheckStatus.Passed, Text = $"{progress.Text} That is as it should be." },
        CheckStatus.Passed => progress with { Status = CheckStatus.Flaky, Text = "passes without the rest of the change too" },
        _ => progress,
    };

    private async Task<GateResult> RunAsync(string step, string tree, CancellationToken cancellationToken)
    {
        watch(step, step switch
        {
            "base-tests" => "in a fresh checkout, with the tests of the base commit",
            "new-tests" => "its tests without the rest of it: new ones should fail",
            _ => "in a fresh checkout, with its own tests",
        });
        var worktree = await checkouts.TakeAsync(tree, gate, cancellationToken).ConfigureAwait(false);
        var told = step == "new-tests" ? gate.ToldAs(Wanted) : gate;
        var result = await told.RunAsync(worktree, tree, cancellationToken).ConfigureAwait(false);
        checkouts.TakeAway(worktree);
        Runs.Add((step, tree, result));
        return result;
    }
}

/// <summary>What came of taking a verdict.</summary>
/// <param name="Comparison">What fails, and what failed before.</param>
/// <param name="Findings">What no agent should have done.</param>
/// <param name="Verdict">For people.</param>
internal sealed record VerdictOutcome(GateComparison Comparison, IReadOnlyList<Finding> Findings, Verdict Verdict);
