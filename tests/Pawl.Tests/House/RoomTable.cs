namespace Pawl.Tests.House;

/// <summary>
/// Which room of an assembly may use which others. A room is the first part of a namespace below the root one; what stands in
/// the root namespace itself may be used by all and uses no room.
/// </summary>
internal sealed record RoomTable(string RootNamespace, IReadOnlyDictionary<string, IReadOnlyList<string>> MayUse)
{
    private const string Root = "";

    /// <summary>The rooms of Pawl. Storage implements the ports of the other rooms, so it knows them and none knows it.</summary>
    public static RoomTable Pawl { get; } = new("Pawl", new Dictionary<string, IReadOnlyList<string>>
    {
        ["Ledger"] = [],
        ["Statistics"] = [],
        ["Runs"] = [],
        ["Forges"] = [],
        ["Flags"] = ["Ledger"],
        ["Insights"] = ["Runs"],
        ["Metrics"] = ["Runs", "Statistics"],
        ["Experiments"] = ["Ledger", "Runs", "Flags", "Statistics", "Metrics", "Forges"],
        ["Changes"] = ["Ledger", "Runs", "Forges"],
        ["Trace"] = ["Ledger", "Statistics", "Runs", "Forges", "Flags", "Insights", "Metrics", "Experiments", "Changes"],
        ["Storage"] = ["Ledger", "Statistics", "Runs", "Forges", "Flags", "Insights", "Metrics", "Experiments", "Changes", "Trace"],
    });

    /// <summary>The room of a type: its name, empty for the root namespace, null for a type outside of it.</summary>
    public string? RoomOf(string type)
    {
        var space = TypeUse.NamespaceOf(type);
        if (space == RootNamespace)
        {
            return Root;
        }

        return space.StartsWith(RootNamespace + ".", StringComparison.Ordinal) ? space[(RootNamespace.Length + 1)..].Split('.')[0] : null;
    }

    /// <summary>Whether the use goes from one room to another: inside a room, to the root, and outside the root nothing is to be judged.</summary>
    public bool CrossesRooms(TypeUse use) => RoomOf(use.From) is { } from && RoomOf(use.To) is { } to && from != to && to != Root;

    /// <summary>The uses that the table does not allow; a room that it does not name may use nothing.</summary>
    public IReadOnlyList<TypeUse> Violations(IEnumerable<TypeUse> uses) =>
        [.. uses.Where(use => CrossesRooms(use) && !(MayUse.TryGetValue(RoomOf(use.From)!, out var allowed) && allowed.Contains(RoomOf(use.To)!)))];
}
