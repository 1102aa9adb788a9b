namespace Pawl.Flags;

internal ref partial struct Evaluation
{
    // What came out for the unit at hand.
    private struct Draw
    {
        public int Variation;
        public bool HashUsed;
        public bool StickyUsed;
        public double? Bucket;
    }

    public ExperimentAssignment Run(FlagExperiment experiment, string? flag)
    {
        var isSticky = context.Sticky is not null && !experiment.DisableStickyBucketing;
        var (attribute, unit) = Unit(experiment.Planned.HashBy, isSticky ? experiment.Planned.FallbackTo : null);
        var leaf = experiment.Bandit is null ? null : Leaf(experiment.Planned);
        var draw = new Draw { Variation = -1 };
        if (!IsDecidedAhead(experiment, ref draw) && IsUnit(attribute, unit)) Assign(experiment, unit, isSticky, leaf?.Ranges ?? experiment.Planned.Ranges, ref draw);

        var isIn = draw.Variation >= 0 && draw.Variation < experiment.Variations.Count;
        var variation = isIn ? draw.Variation : 0;
        var meta = experiment.MetaOf(variation);
        var assignment = new ExperimentAssignment
        {
            Value = experiment.Variations.Count > 0 ? experiment.Variations[variation] : Json.Null,
            VariationId = variation,
            VariationKey = variation < experiment.Planned.Keys.Length ? experiment.Planned.Keys[variation] : "0",
            VariationName = meta.Name,
            InExperiment = isIn,
            HashUsed = draw.HashUsed,
            StickyBucketUsed = draw.StickyUsed,
            Passthrough = meta.Passthrough,
            Bucket = draw.Bucket,
            HashAttribute = attribute.Name,
            HashValue = unit,
            FlagKey = flag,
            Leaf = draw.HashUsed ? leaf?.Leaf : null,
            Weights = leaf?.Leaf.Weights ?? experiment.Weights,
        };
        if (!draw.HashUsed) return assignment;
        if (isSticky) context.Sticky!.Add(experiment, assignment);
        exposures?.Report(experiment, assignment);
        return assignment;
    }

    // Steps 1 to 5: what holds without looking at the unit.
    private readonly bool IsDecidedAhead(FlagExperiment experiment, ref Draw draw)
    {
        var count = experiment.Variations.Count;
        if (count < 2) return Keep("the experiment has fewer than two variations");
        if (!context.Enabled) return Keep("the context is not enabled");
        if (experiment.UrlTargets is { } targets && !UrlTargeting.Matches(context.Url, targets)) return Keep("the address is not targeted");
        if (context.Url is not null && Bucketing.QueryOverride(experiment.Key, context.Url, count) is { } asked)
        {
            draw.Variation = asked;
            return Keep("the address asks for the variation");
        }

        if (context.ForcedVariations.Count > 0 && context.ForcedVariations.TryGetValue(experiment.Key, out draw.Variation)) return Keep("the context forces the variation");
        draw.Variation = -1;
        return (!experiment.Active || experiment.Status == "draft") && Keep("the experiment is not active");
    }

    // Steps 6 to 13: what the unit gets.
    private void Assign(FlagExperiment experiment, in AttributeValue unit, bool isSticky, BucketRange[] ranges, ref Draw draw)
    {
        var plan = experiment.Planned;
        var (variation, isBlocked) = isSticky ? context.Sticky!.Find(experiment, context.Attributes) : (-1, false);
        var found = variation >= 0;
        if (!found && IsKeptOut(experiment, unit)) return;
        if (plan.Url is { } url && !UrlTargeting.Matches(context.Url, url) && Keep("the address is not targeted")) return;
        if (Bucketing.Hash(experiment.EffectiveSeed, unit, experiment.HashVersion) is not { } hash)
        {
            trace?.Say("its hash version is not known");
            return;
        }

        trace?.Hash(hash);
        if (isBlocked)
        {
            draw.StickyUsed = true;
            trace?.Say("the unit was assigned under a version that is blocked");
            return;
        }

        if (found) trace?.Say("the unit keeps its earlier variation");
        else variation = Choose(hash, ranges);
        if (variation < 0) return;
        if (experiment.Force is { } force)
        {
            draw.Variation = force;
            trace?.Say("the experiment forces the variation");
            return;
        }

        if (context.QaMode && Keep("the context is in QA mode")) return;
        if (experiment.Status == "stopped" && Keep("the experiment is stopped")) return;
        draw = new Draw { Variation = variation, HashUsed = true, StickyUsed = found, Bucket = hash };
    }

    // Steps 7 and 8, which an earlier assignment goes past.
    private bool IsKeptOut(FlagExperiment experiment, in AttributeValue unit)
    {
        if (experiment.Filters is { } filters)
        {
            if (IsFilteredOut(filters)) return true;
        }
        else if (experiment.Namespace is { } part && !part.Part.Contains(Bucketing.Hash(part.Seed, unit, 1)!.Value))
        {
            return Keep($"namespace {part.Id} leaves the unit out");
        }

        if (experiment.Include is { } include && !include()) return Keep("the program leaves the unit out");
        if (experiment.Condition is { } condition && !IsTrue(condition)) return true;
        foreach (var prerequisite in experiment.Prerequisites)
        {
            if (Check(prerequisite, flags.Find(prerequisite.Flag)) != Requirements.Hold) return true;
        }

        return experiment.Groups is { } groups && !groups.Any(context.Groups.Contains) && Keep("the context is in none of the experiment's groups");
    }

    private readonly FlagExperiment.PlannedLeaf Leaf(FlagExperiment.Plan plan)
    {
        var chosen = plan.NoLeaf!;
        foreach (var leaf in plan.Leaves)
        {
            if (!leaf.Leaf.Condition.Matches(context.Attributes)) continue;
            chosen = leaf;
            break;
        }

        trace?.Say(chosen.Leaf.LeafId == ContextualLeaf.NoLeafId ? "no context matches, so the experiment's own weights hold" : $"context {chosen.Leaf.LeafId} gives the weights");
        return chosen;
    }

    private readonly int Choose(double hash, BucketRange[] ranges)
    {
        var variation = Bucketing.Choose(hash, ranges.AsSpan());
        if (trace is null) return variation;
        trace.Say(variation >= 0
            ? Invariant($"bucket {hash} is inside {ranges[variation]}")
            : Invariant($"bucket {hash} is outside {string.Join(" and ", ranges)}"));
        return variation;
    }

    private readonly bool Keep(string reason)
    {
        trace?.Say(reason);
        return true;
    }
}
