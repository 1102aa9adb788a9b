using System.Runtime.CompilerServices;

namespace Pawl.Flags;

/// <summary>
/// One evaluation of one flag, with the prerequisites it asks for. The order of its steps is that of the specification, and of
/// the JavaScript SDK where the specification leaves it open.
/// </summary>
internal ref partial struct Evaluation(FlagSet flags, EvaluationContext context, ExposureTracker? exposures, Trace? trace)
{
    private readonly FlagSet flags = flags;
    private readonly EvaluationContext context = context;
    private readonly ExposureTracker? exposures = exposures;
    private Trace? trace = trace;

    // The flags that wait for the one at hand, so that one that waits for itself is found.
    private Path path;
    private int depth;
    private int looked;

    private enum Requirements
    {
        Hold,
        SkipRule,
        TurnOff,
        Cyclic,
        TooMany,
    }

    public FlagResult Flag(string key) => Flag(key, flags.Find(key), out _);

    private FlagResult Flag(string key, CompiledFlag? flag, out FlagValue value)
    {
        value = FlagValue.Null;
        if (flag is not null && IsWaiting(flag)) return Cycle(key);
        if (context.ForcedValue(key) is { } forced) return Result(value = forced, FlagSource.Override);
        if (flag is null) return Result(value, FlagSource.UnknownFeature);
        if (flag.Problem is not null) return Result(value = flag.Default, FlagSource.Error) with { Problem = flag.Problem };
        foreach (var rule in flag.Rules)
        {
            trace?.Begin(rule);
            switch (rule.Requirements.Length == 0 ? Requirements.Hold : Check(flag, rule.Requirements))
            {
                case Requirements.SkipRule:
                    continue;
                case Requirements.TurnOff:
                    return Result(value, FlagSource.Prerequisite);
                case Requirements.Cyclic:
                    return Cycle(key);
                case Requirements.TooMany:
                    return Result(value = flag.Default, FlagSource.Error) with { Problem = TooMany(key) };
            }

            if (rule.Filters.Length > 0 && IsFilteredOut(rule.Filters)) continue;
            if (rule.Force is not null)
            {
                if (!Forces(rule)) continue;
                foreach (var exposure in rule.Tracks) exposures?.Report(exposure);
                return Result(value = rule.Force, FlagSource.Force, rule.Id);
            }

            if (rule.Experiment is not { } experiment)
            {
                trace?.Say("it gives no value: it neither forces one nor has variations");
                continue;
            }

            var assignment = Run(experiment, key);
            if (!assignment.InExperiment) continue;
            if (assignment.Passthrough)
            {
                trace?.Say($"variation {assignment.VariationKey} passes on to the next rule");
                continue;
            }

            value = experiment.Planned.Values[assignment.VariationId];
            return Result(value, FlagSource.Experiment, rule.Id) with { Experiment = experiment, Assignment = assignment };
        }

        return Result(value = flag.Default, FlagSource.DefaultValue);
    }

    private static FlagResult Result(FlagValue value, FlagSource source, string rule = "") => new() { Value = value.Json, Source = source, RuleId = rule };

    private static FlagResult Cycle(string key) => Result(FlagValue.Null, FlagSource.CyclicPrerequisite) with
    {
        Problem = $"features.{key} waits for itself: its prerequisites go round in a circle. Take one of them away.",
    };

    private static string TooMany(string key) =>
        $"features.{key} has prerequisites more than {Limits.PrerequisiteDepth} deep or more than {Limits.PrerequisiteEvaluations} in all.";

    private readonly bool IsWaiting(CompiledFlag flag)
    {
        for (var i = 0; i < depth; i++)
        {
            if (path[i] == flag.Ordinal) return true;
        }

        return false;
    }

    private Requirements Check(CompiledFlag flag, Requirement[] requirements)
    {
        if (depth == Limits.PrerequisiteDepth) return Requirements.TooMany;
        path[depth++] = flag.Ordinal;
        var outcome = Requirements.Hold;
        for (var i = 0; i < requirements.Length && outcome == Requirements.Hold; i++)
            outcome = Check(requirements[i].Prerequisite, requirements[i].Flag);
        depth--;
        return outcome;
    }

    private Requirements Check(Prerequisite prerequisite, CompiledFlag? flag)
    {
        if (++looked > Limits.PrerequisiteEvaluations) return Requirements.TooMany;
        // What becomes of the other flag's rules is no part of this one's explanation.
        var mine = trace;
        trace = null;
        var result = Flag(prerequisite.Flag, flag, out var value);
        trace = mine;
        if (result.Source == FlagSource.CyclicPrerequisite)
        {
            trace?.Say($"prerequisite {prerequisite.Flag} waits for this flag");
            return Requirements.Cyclic;
        }

        // A prerequisite that ran into the limit takes all who wait for it along; one that cannot be read has its default.
        if (looked > Limits.PrerequisiteEvaluations || (result.Source == FlagSource.Error && flag!.Problem is null)) return Requirements.TooMany;
        if (prerequisite.Condition.Matches(value.AsParent)) return Requirements.Hold;
        trace?.Say($"prerequisite {prerequisite.Flag} is {ShortText.Start(value.Json.GetRawText(), 80)}");
        return prerequisite.Gate ? Requirements.TurnOff : Requirements.SkipRule;
    }

    private readonly bool Forces(CompiledRule rule)
    {
        if (rule.Condition is { } condition && !IsTrue(condition)) return false;
        if (rule.Rollout is not { } rollout) return true;
        if (rollout is { Range: null, Coverage: 0 })
        {
            trace?.Say("its coverage is 0");
            return false;
        }

        var (attribute, unit) = Unit(rollout.HashBy, context.Sticky is null ? null : rollout.FallbackTo);
        if (!IsUnit(attribute, unit)) return false;
        if (Bucketing.Hash(rollout.Seed, unit, rollout.HashVersion) is not { } hash)
        {
            trace?.Say("its hash version is not known");
            return false;
        }

        trace?.Hash(hash);
        var isIn = rollout.Range is { } range ? range.Contains(hash) : hash <= rollout.Coverage;
        trace?.Say(Invariant($"bucket {hash} is {(isIn ? "inside" : "outside")} {(rollout.Range is { } of ? of.ToString() : Invariant($"[0, {rollout.Coverage}]"))}"));
        return isIn;
    }

    private readonly bool IsTrue(Condition condition)
    {
        if (condition.Matches(context.Attributes)) return true;
        trace?.Say($"condition on {condition.Obstacle(context.Attributes)} is false");
        return false;
    }

    private readonly bool IsFilteredOut(IReadOnlyList<BucketFilter> filters)
    {
        for (var i = 0; i < filters.Count; i++)
        {
            var filter = filters[i];
            var unit = filter.HashBy.Of(context.Attributes);
            if (!IsUnit(filter.HashBy, unit)) return true;
            if (Bucketing.Hash(filter.Seed, unit, filter.HashVersion) is { } hash && Bucketing.Choose(hash, filter.Planned.AsSpan()) >= 0) continue;
            trace?.Say($"filter {filter.Seed} leaves the unit out");
            return true;
        }

        return false;
    }

    private readonly (HashAttribute Attribute, AttributeValue Unit) Unit(HashAttribute attribute, HashAttribute? fallback)
    {
        var unit = attribute.Of(context.Attributes);
        if (fallback is null || JavaScript.IsTruthy(unit)) return (attribute, unit);
        var other = fallback.Of(context.Attributes);
        return JavaScript.IsTruthy(other) ? (fallback, other) : (attribute, other);
    }

    private readonly bool IsUnit(HashAttribute attribute, in AttributeValue unit)
    {
        if (JavaScript.IsTruthy(unit)) return true;
        trace?.Say($"no value for hash attribute {attribute.Name}");
        return false;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    [InlineArray(Limits.PrerequisiteDepth)]
    private struct Path
    {
        private int first;
    }
}
