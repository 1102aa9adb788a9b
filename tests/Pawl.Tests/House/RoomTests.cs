using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Pawl.Tests.House;

public sealed class RoomTests
{
    // Raised as rooms land, so that a reader that suddenly sees nothing cannot pass for a clean house.
    private static readonly string[] RoomsThatStand = ["Runs", "Insights", "Storage"];
    private const int CrossingsAtLeast = 10;

    private static readonly RoomTable Planted = RoomTable.Pawl with { RootNamespace = "Planted" };

    [Fact]
    public void Rooms_InTheCompiledLibrary_UseOnlyWhatTheTableAllows()
    {
        var violations = RoomTable.Pawl.Violations(TypeUseReader.Read(Library));

        Assert.True(violations.Count == 0, $"DESIGN's table of rooms does not allow:\n{string.Join('\n', violations)}");
    }

    [Fact]
    public void Rooms_InTheCompiledLibrary_AreAllInTheTable()
    {
        var unknown = RoomsOf(Library).Where(room => room.Length > 0 && !RoomTable.Pawl.MayUse.ContainsKey(room));

        Assert.Empty(unknown);
    }

    [Fact]
    public void Reader_OnTheCompiledLibrary_FindsTheRoomsThatStandAndUsesBetweenThem()
    {
        Assert.Empty(RoomsThatStand.Except(RoomsOf(Library)));

        var crossings = TypeUseReader.Read(Library).Where(RoomTable.Pawl.CrossesRooms).ToList();
        Assert.True(crossings.Count >= CrossingsAtLeast, $"Only {crossings.Count} uses between rooms were found; is the reader blind?");
    }

    [Fact]
    public void Violations_PlantedInEveryPlaceAUseCanHide_AreReportedExactly()
    {
        var violations = Planted.Violations(TypeUseReader.Read(typeof(RoomTests).Assembly.Location));

        Assert.Equal(
            [
                "Planted.Annex.RoomNotInTheTable uses Planted.Ledger.Allowed",
                "Planted.Ledger.InAnAsyncMethod uses Planted.Storage.Database",
                "Planted.Ledger.InAnAttribute uses Planted.Storage.Database",
                "Planted.Ledger.InAnInterface uses Planted.Storage.IPort`1",
                "Planted.Ledger.InAnIterator uses Planted.Storage.Database",
                "Planted.Ledger.InCatchClause uses Planted.Storage.Failure",
                "Planted.Ledger.InConstraint`1 uses Planted.Storage.Database",
                "Planted.Ledger.InGenericArgument uses Planted.Storage.Database",
                "Planted.Ledger.InLambda uses Planted.Storage.Database",
                "Planted.Ledger.InNestedType uses Planted.Storage.Database",
                "Planted.Ledger.InSignature uses Planted.Storage.Database",
                "Planted.Ledger.InSubNamespaceOfStorage uses Planted.Storage.Migrations.Migration",
                "Planted.Ledger.InSwitch uses Planted.Storage.Database",
                "Planted.RootType uses Planted.Ledger.Allowed",
            ],
            violations.Select(violation => violation.ToString()));
    }

    [Fact]
    public void Violations_PlantedUsesThatTheTableAllows_AreSeenAndNotReported()
    {
        TypeUse[] allowed =
        [
            new("Planted.Flags.UsesLedger", "Planted.Ledger.Allowed"),
            new("Planted.Storage.Migrations.Migration", "Planted.Ledger.Allowed"),
        ];
        var uses = TypeUseReader.Read(typeof(RoomTests).Assembly.Location);

        Assert.Empty(allowed.Except(uses.Where(Planted.CrossesRooms)));
        Assert.Empty(Planted.Violations(uses).Intersect(allowed));
    }

    [Theory]
    [InlineData("Pawl.RunId", "")]
    [InlineData("Pawl.Runs.Run", "Runs")]
    [InlineData("Pawl.Runs.Formats.HiveDirectory", "Runs")]
    [InlineData("Pawlish.Runs.Run", null)]
    [InlineData("<PrivateImplementationDetails>", null)]
    public void RoomOf_ATypeOfAnyNamespace_IsTheFirstPartBelowTheRoot(string type, string? room) =>
        Assert.Equal(room, RoomTable.Pawl.RoomOf(type));

    private static string Library => Path.Combine(AppContext.BaseDirectory, "Pawl.dll");

    private static HashSet<string> RoomsOf(string assemblyPath)
    {
        using var pe = new PEReader(File.OpenRead(assemblyPath));
        var metadata = pe.GetMetadataReader();
        return [.. metadata.TypeDefinitions
            .Select(handle => metadata.GetTypeDefinition(handle))
            .Select(type => RoomTable.Pawl.RoomOf($"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}"))
            .OfType<string>()];
    }
}
