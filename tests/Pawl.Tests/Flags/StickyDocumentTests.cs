using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class StickyDocumentTests
{
    private static readonly StickyKey Unit = new("id", "1");

    [Fact]
    public void Merge_BothAssignTheSameExperiment_KeepsTheFirst()
    {
        var merged = StickyDocument.Merge(Of(Unit, ("a__0", "red")), Of(Unit, ("a__0", "blue"), ("b__1", "green")));

        Assert.Equal(Unit, merged.Key);
        Assert.Equal([("a__0", "red"), ("b__1", "green")], merged.Assignments.Select(a => (a.Key, a.Value)).Order());
    }

    [Fact]
    public void Merge_DifferentUnits_Throws() =>
        Assert.Throws<ArgumentException>(() => StickyDocument.Merge(Of(Unit), Of(new StickyKey("id", "2"))));

    [Fact]
    public void Keys_AsTheSdksSpellThem_AreJoinedLikeTheirs()
    {
        Assert.Equal("id||1", Unit.ToString());
        Assert.Equal("checkout__3", StickyDocument.ExperimentKey("checkout", 3));
    }

    private static StickyDocument Of(StickyKey key, params (string Key, string Variation)[] assignments) =>
        new(key, assignments.ToDictionary(a => a.Key, a => a.Variation));
}
