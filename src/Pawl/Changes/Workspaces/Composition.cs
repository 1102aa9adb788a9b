namespace Pawl.Changes.Workspaces;

/// <summary>Puts trees together in an index that is thrown away.</summary>
internal static class Composition
{
    /// <summary>Writes a tree with entries of it set and removed.</summary>
    public static async Task<string> WriteAsync(OwnDirectory own, string tree, IReadOnlyCollection<string> indexInfo, CancellationToken cancellationToken)
    {
        if (indexInfo.Count == 0) return tree;
        var index = new IndexFile(own, own.ScratchIndex());
        try
        {
            await index.ReadTreeAsync(tree, cancellationToken).ConfigureAwait(false);
            await index.UpdateAsync(indexInfo, cancellationToken).ConfigureAwait(false);
            return await index.WriteTreeAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            index.Delete();
        }
    }
}
