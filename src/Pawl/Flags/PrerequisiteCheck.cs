namespace Pawl.Flags;

/// <summary>Refuses prerequisites that no evaluator could follow: flags that are not there, and flags that wait for themselves.</summary>
internal static class PrerequisiteCheck
{
    /// <exception cref="BadInputException">A prerequisite of the new version leads nowhere or back, or other flags need what it takes away.</exception>
    public static void Check(IFlagView view, Flag? before, Flag after)
    {
        if (after.IsArchived)
        {
            if (before is { IsArchived: false }) ExpectUnneeded(view, after.Key);
            return;
        }

        Follow(view, after, [after.Key], []);
    }

    private static void Follow(IFlagView view, Flag flag, List<string> path, HashSet<string> done)
    {
        foreach (var key in flag.Prerequisites)
        {
            if (path.IndexOf(key) is var at and >= 0)
                throw new BadInputException($"The prerequisites go round in a circle: {string.Join(" → ", path[at..])} → {key}. Take one of them away.");
            if (!done.Add(key)) continue;
            if (path.Count >= Limits.PrerequisiteDepth) throw new BadInputException($"{path[0]} waits for more than {Limits.PrerequisiteDepth} flags one behind the other.");
            if (view.Find(key) is not { IsArchived: false } parent) throw new BadInputException($"{path[^1]} has the prerequisite {key}, and there is no such flag, or it is archived. Create or restore it first.");
            Follow(view, parent, [.. path, key], done);
        }
    }

    private static void ExpectUnneeded(IFlagView view, string key)
    {
        var children = view.Sound(out _).Where(flag => !flag.IsArchived && flag.Prerequisites.Contains(key, StringComparer.Ordinal)).Select(flag => flag.Key).ToList();
        if (children.Count > 0) throw new BadInputException($"{key} is a prerequisite of {ShortText.Start(string.Join(", ", children), 200)}. Archive those first, or take the prerequisite away.");
    }
}
