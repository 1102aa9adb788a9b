using Pawl.Flags;

namespace Pawl.Storage;

/// <summary>Sticky assignments in a SQL database: a row each, which is never changed.</summary>
internal sealed class SqlStickyStore(Database database) : IStickyStore
{
    public Task<IReadOnlyList<StickyDocument>> LoadAsync(IReadOnlyList<StickyKey> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Task.Run<IReadOnlyList<StickyDocument>>(
            () => database.Read(db => keys.Distinct().Select(key => Load(db, key)).Where(document => document.Assignments.Count > 0).ToList()),
            cancellationToken);
    }

    public StickyDocument Save(ITransaction transaction, StickyDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var db = DbSession.Of(transaction);
        foreach (var (experiment, variation) in document.Assignments)
        {
            db.Execute(
                "insert into sticky_assignments (attribute, value, experiment, variation) values (@attribute, @value, @experiment, @variation) on conflict do nothing",
                ("attribute", document.Key.Attribute), ("value", document.Key.Value), ("experiment", experiment), ("variation", variation));
        }

        return Load(db, document.Key);
    }

    private static StickyDocument Load(DbSession db, StickyKey key) => new(key, db.Query(
        "select experiment, variation from sticky_assignments where attribute = @attribute and value = @value",
        row => (Experiment: row.GetString(0), Variation: row.GetString(1)),
        ("attribute", key.Attribute), ("value", key.Value)).ToDictionary(row => row.Experiment, row => row.Variation, StringComparer.Ordinal));
}
