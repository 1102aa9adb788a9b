using System.Text.Json;

namespace Pawl.Experiments.Flagd;

/// <summary>What a step makes of a flagd flag, and what stands in its way.</summary>
internal static class FlagdSteps
{
    /// <summary>The flag after the step.</summary>
    /// <exception cref="BadInputException">flagd cannot express it.</exception>
    public static FlagdFlag Next(FlagdFlag? current, FlagStep step)
    {
        switch (step.Kind)
        {
            case FlagStepKind.Create:
                CheckArms(step.Contract.Request.Arms);
                FlagdTargeting.Of(step.Contract, 100); // what it cannot split later it should not make now
                return FlagdFlag.Create(step);
            case FlagStepKind.Allocate: return current!.With(step, ExperimentRequest.ControlName, FlagdTargeting.Of(step.Contract, step.Coverage));
            case FlagStepKind.Promote or FlagStepKind.RollBack: return current!.With(step, step.Arm, default);
            default: throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <summary>Why the step cannot be done on the flag as it stands; null where it can.</summary>
    public static FlagStepOutcome? Obstacle(FlagdFlag? current, FlagStep step)
    {
        var version = current?.Version ?? 0;
        if (step.Kind == FlagStepKind.Create && current is not null && Difference(current, step.Contract) is { } difference)
            return new FlagStepOutcome.Refused($"There is a flag {step.Contract.Terms.FlagKey} already, at version {version}: {difference}. Give the experiment another slug, or bring the flag to the control for everyone first.");
        if (version != step.ExpectedVersion) return new FlagStepOutcome.Conflict(version);
        return current is not null && Fault(current, step) is { } fault ? new FlagStepOutcome.Refused(fault) : null;
    }

    // Rolling back asks for nothing but the variant: whatever somebody did to the flag by hand, it must be possible.
    private static string? Fault(FlagdFlag flag, FlagStep step)
    {
        var key = step.Contract.Terms.FlagKey;
        if (!flag.IsEnabled) return $"The flag {key} is disabled, so that it serves nobody anything. Set its state to ENABLED first.";
        return step.Kind switch
        {
            FlagStepKind.Allocate when Difference(flag, step.Contract) is { } difference => $"The flag {key} is not as the experiment made it: {difference}. Bring it back to what it was, then try again.",
            FlagStepKind.Promote when ArmDifference(flag, step.Contract.Request.Arms.First(arm => arm.Name == step.Arm)) is { } difference =>
                $"The flag {key} is not as the experiment made it: {difference}. What was tried out is not what would be promoted.",
            FlagStepKind.RollBack when !flag.Variants.ContainsKey(step.Arm) => $"The flag {key} has no variant {step.Arm}. Put it back, then try again.",
            _ => null,
        };
    }

    private static string? Difference(FlagdFlag flag, Contract contract)
    {
        if (!flag.IsEnabled) return "it is disabled";
        if (contract.Request.Arms.Select(arm => ArmDifference(flag, arm)).FirstOrDefault(difference => difference is not null) is { } arm) return arm;
        if (flag.Variants.Count > contract.Request.Arms.Count) return $"it has {flag.Variants.Count} variants, the experiment {contract.Request.Arms.Count} arms";
        if (flag.Default != ExperimentRequest.ControlName) return $"its default is {flag.Default ?? "none"}, not {ExperimentRequest.ControlName}";
        if (!HasOutside(flag)) return $"it has no variant {FlagdTargeting.Outside} for units outside the experiment";
        return flag.HasTargeting && (flag.IsTouched || flag.Contract != contract.Hash) ? "its targeting is not this experiment's split" : null;
    }

    private static bool HasOutside(FlagdFlag flag) => flag.Definition.GetProperty("variants").TryGetProperty(FlagdTargeting.Outside, out _);

    private static string? ArmDifference(FlagdFlag flag, Arm arm)
    {
        if (!flag.Variants.TryGetValue(arm.Name, out var digest)) return $"it has no variant {arm.Name}";
        return digest == CanonicalJson.Digest(arm.Value) ? null : $"its variant {arm.Name} has another value";
    }

    private static void CheckArms(IReadOnlyList<Arm> arms)
    {
        if (arms.FirstOrDefault(arm => arm.Name == FlagdTargeting.Outside) is not null)
            throw new BadInputException($"An arm is called {FlagdTargeting.Outside}, which in flagd is the variant of units outside the experiment. Give the arm another name.");
        var kinds = arms.Select(arm => arm.Value.ValueKind is JsonValueKind.False ? JsonValueKind.True : arm.Value.ValueKind).Distinct().ToList();
        if (kinds.Count > 1 || kinds[0] is not (JsonValueKind.True or JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Object))
            throw new BadInputException($"The arms' values are of the kinds {string.Join(", ", kinds).ToLowerInvariant()}; flagd's are all texts, all numbers, all true or false, or all objects.");
    }
}
