using System.Globalization;
using System.Text.Json;
using Pawl.Flags;

namespace Pawl.Experiments;

/// <summary>
/// Pawl's own flags as what serves an experiment's variants. The flag, its receipt and the experiment's progress commit in one transaction, so that there is
/// nothing to follow up after a crash.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="flags">The flags in it.</param>
/// <param name="registry">What changes them.</param>
public sealed class PawlFlagProvider(IStore store, IFlagStore flags, FlagRegistry registry) : IFlagProvider
{
    private const int PercentDigits = 9; // 0.07 × 100 is not 7 in binary

    /// <inheritdoc/>
    public string Name => "pawl";

    /// <inheritdoc/>
    public Task<ServedState?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(flags.Read(view => view.Find(key)) is { } flag ? Served(flag) : null);
    }

    /// <inheritdoc/>
    public Task<FlagStepOutcome> ApplyAsync(FlagStep step, StepCommit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(commit);
        return store.WriteAsync(transaction => Apply(transaction, step, commit), cancellationToken);
    }

    /// <summary>
    /// What a flag serves. An archived one serves nothing. A prerequisite that gates the whole flag serves nothing either, so that it is not counted among the
    /// rules, and promoting and rolling back leave it.
    /// </summary>
    internal static ServedState Served(Flag flag) => new()
    {
        Version = flag.Version,
        Variants = flag.Variants.ToDictionary(variant => variant.Name, variant => CanonicalJson.Digest(variant.Value), StringComparer.Ordinal),
        Default = flag.IsArchived ? null : flag.Default,
        HasRules = !flag.IsArchived && flag.Rules.Any(Serves),
        Coverage = flag.IsArchived ? 0 : flag.Rules.Where(rule => rule.Variations.Count > 0).Select(Coverage).DefaultIfEmpty(0).Max(),
    };

    private FlagStepOutcome Apply(ITransaction transaction, FlagStep step, StepCommit commit)
    {
        var current = flags.View(transaction).Find(step.Contract.Terms.FlagKey);
        // At another version it was done before, or is a conflict: the registry tells them apart.
        if (current is not null && current.Version == step.ExpectedVersion && Fault(current, step) is { } fault) return new FlagStepOutcome.Refused(fault);
        switch (Change(transaction, step))
        {
            case FlagOutcome.Changed(var flag, var receipt):
                Compare(flags.View(transaction).Find(flag.Key), step);
                commit(transaction, receipt);
                return new FlagStepOutcome.Done(receipt, flag.Version);
            case FlagOutcome.Repeated(var flag, var receipt):
                commit(transaction, receipt);
                return new FlagStepOutcome.Done(receipt, flag.Version);
            case FlagOutcome.Conflict conflict when step.Kind == FlagStepKind.Create && Difference(current!, step.Contract) is { } difference:
                return new FlagStepOutcome.Refused($"There is a flag {conflict.Key} already, at version {conflict.CurrentVersion}: {difference}. Give the experiment another slug, or bring the flag to the control for everyone first.");
            case FlagOutcome.Conflict conflict: return new FlagStepOutcome.Conflict(conflict.CurrentVersion);
            case FlagOutcome.NotFound: return new FlagStepOutcome.Conflict(0);
            case FlagOutcome.Refused refused: return new FlagStepOutcome.Refused(refused.Reason);
            case var other: throw new InvalidOperationException($"{other} is no outcome of changing a flag.");
        }
    }

    private FlagOutcome Change(ITransaction transaction, FlagStep step)
    {
        var terms = step.Contract.Terms;
        var act = new FlagAct
        {
            ExpectedVersion = step.ExpectedVersion,
            Actor = step.Actor,
            Why = ShortText.Start(step.Why, Limits.FlagReasonCharacters),
            Contract = step.Contract.Hash,
            Key = step.Key,
            Args = step.Args,
        };
        return step.Kind switch
        {
            FlagStepKind.Create => registry.Create(transaction, Made(step.Contract), act),
            FlagStepKind.Allocate => registry.Allocate(transaction, terms.FlagKey, Split(step), act),
            FlagStepKind.Promote => registry.Promote(transaction, terms.FlagKey, step.Arm, act),
            FlagStepKind.RollBack => registry.RollBack(transaction, terms.FlagKey, step.Arm, act),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
    }

    private static Flag Made(Contract contract) => new()
    {
        Key = contract.Terms.FlagKey,
        Variants = [.. contract.Request.Arms.Select(arm => new Variant(arm.Name, arm.Value))],
        Default = ExperimentRequest.ControlName,
        Seed = contract.Terms.Seed,
        HashVersion = contract.Terms.HashVersion,
        Description = $"Experiment {contract.Id}",
    };

    private static Allocation Split(FlagStep step) => new()
    {
        Split = [.. step.Contract.Request.Arms.Select(arm => (arm.Name, arm.Percent / 100))],
        Coverage = step.Coverage / 100,
        Condition = step.Contract.Request.ExposureRules is { Count: > 0 } rules ? ExposureRule.CompileAll(rules) : default,
        Seed = step.Contract.Terms.Seed,
        HashAttribute = step.Contract.Request.Unit,
    };

    // Rolling back asks for nothing but the variant: whatever somebody did to the flag by hand, it must be possible.
    private static string? Fault(Flag flag, FlagStep step)
    {
        if (flag.IsArchived) return $"The flag {flag.Key} is archived, so that it serves nobody anything. Restore it first: `pawl flag set {flag.Key} --restore`.";
        return step.Kind switch
        {
            FlagStepKind.Allocate when Difference(flag, step.Contract) is { } difference => $"The flag {flag.Key} is not as the experiment made it: {difference}. Bring it back to what it was, then try again.",
            FlagStepKind.Promote when ArmDifference(flag, step.Contract.Request.Arms.First(arm => arm.Name == step.Arm)) is { } difference =>
                $"The flag {flag.Key} is not as the experiment made it: {difference}. What was tried out is not what would be promoted.",
            _ => null,
        };
    }

    // What there is beside the contract's variants, the control for those outside, and a split.
    private static string? Difference(Flag flag, Contract contract)
    {
        if (flag.IsArchived) return "it is archived";
        if (contract.Request.Arms.Select(arm => ArmDifference(flag, arm)).FirstOrDefault(difference => difference is not null) is { } arm) return arm;
        if (flag.Variants.Count > contract.Request.Arms.Count) return $"it has {flag.Variants.Count} variants, the experiment {contract.Request.Arms.Count} arms";
        if (flag.Default != ExperimentRequest.ControlName) return $"its default is {flag.Default ?? "none"}, not {ExperimentRequest.ControlName}";
        return flag.Rules.FirstOrDefault(rule => rule.Id != FlagRules.SplitId) is { } other ? $"it has a rule beside the experiment's split ({other.Id ?? "without an id"})" : null;
    }

    private static string? ArmDifference(Flag flag, Arm arm)
    {
        if (flag.Find(arm.Name) is not { } variant) return $"it has no variant {arm.Name}";
        return CanonicalJson.Digest(variant.Value) == CanonicalJson.Digest(arm.Value) ? null : $"its variant {arm.Name} has another value";
    }

    private static void Compare(Flag? flag, FlagStep step)
    {
        var served = flag is null ? null : Served(flag);
        var isSo = served is not null && step.Kind switch
        {
            FlagStepKind.Create => served.IsEveryones(ExperimentRequest.ControlName),
            FlagStepKind.Allocate => served.HasRules && served.Coverage == Math.Round(step.Coverage, PercentDigits) && served.Default == ExperimentRequest.ControlName,
            _ => served.IsEveryones(step.Arm),
        };
        if (!isSo) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"After {step.Kind} the flag {step.Contract.Terms.FlagKey} was read back as {served}."));
    }

    private static bool Serves(FlagRule rule) => rule.Serve is not null || rule.Variations.Count > 0 || rule.Prerequisites.All(prerequisite => !prerequisite.IsGate);

    private static double Coverage(FlagRule rule) =>
        rule.Document.TryGetProperty("coverage", out var coverage) && coverage.ValueKind == JsonValueKind.Number ? Math.Round(coverage.GetDouble() * 100, PercentDigits) : 100;
}
