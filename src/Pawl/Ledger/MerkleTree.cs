using System.Buffers;
using System.Security.Cryptography;

namespace Pawl.Ledger;

/// <summary>
/// The hashes and proofs of an append-only Merkle tree (RFC 6962 §2.1, RFC 9162 §2.1): pure functions. A hash is 32 bytes of SHA-256.
/// </summary>
public static class MerkleTree
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashBytes = SHA256.HashSizeInBytes;

    /// <summary>What a leaf's hash begins with.</summary>
    internal const byte LeafPrefix = 0;

    /// <summary>The root of the tree without leaves, SHA-256 of nothing.</summary>
    public static ReadOnlyMemory<byte> EmptyRoot { get; } = SHA256.HashData([]);

    /// <summary>The hash of a leaf: SHA-256(0x00 ‖ entry).</summary>
    public static byte[] HashLeaf(ReadOnlySpan<byte> entry)
    {
        var rented = ArrayPool<byte>.Shared.Rent(entry.Length + 1);
        rented[0] = LeafPrefix;
        entry.CopyTo(rented.AsSpan(1));
        var hash = SHA256.HashData(rented.AsSpan(0, entry.Length + 1));
        ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }

    /// <summary>The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] HashNode(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> both = stackalloc byte[1 + (2 * HashBytes)];
        both[0] = 1;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + HashBytes)..]);
        return SHA256.HashData(both);
    }

    /// <summary>Whether <paramref name="proof"/> shows that the leaf stands at <paramref name="index"/> in the tree of that size and root (RFC 9162 §2.1.3.2).</summary>
    public static bool VerifyInclusion(ReadOnlySpan<byte> leafHash, ulong index, ulong size, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (index >= size || leafHash.Length != HashBytes || root.Length != HashBytes || !AllAreHashes(proof)) return false;
        var (fn, sn) = (index, size - 1);
        var r = leafHash.ToArray();
        foreach (var p in proof)
        {
            if (sn == 0) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                r = HashNode(p, r);
                while ((fn & 1) == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                r = HashNode(r, p);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && root.SequenceEqual(r);
    }

    /// <summary>
    /// Whether <paramref name="proof"/> shows that the larger tree begins with the leaves of the smaller one (RFC 9162 §2.1.4.2). Every tree
    /// begins with the empty one, which says nothing about it: that question is refused.
    /// </summary>
    public static bool VerifyConsistency(ulong firstSize, ReadOnlySpan<byte> firstRoot, ulong secondSize, ReadOnlySpan<byte> secondRoot, IReadOnlyList<byte[]> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (firstSize > secondSize || firstRoot.Length != HashBytes || secondRoot.Length != HashBytes || !AllAreHashes(proof)) return false;
        if (firstSize == secondSize) return proof.Count == 0 && firstRoot.SequenceEqual(secondRoot);
        if (firstSize == 0 || proof.Count == 0) return false;

        var (fn, sn) = (firstSize - 1, secondSize - 1);
        while ((fn & 1) == 1) (fn, sn) = (fn >> 1, sn >> 1);
        var next = ulong.IsPow2(firstSize) ? 0 : 1; // a first tree that is a whole subtree of the second is its own first hash
        var fr = next == 0 ? firstRoot.ToArray() : proof[0];
        var sr = fr;
        for (; next < proof.Count; next++)
        {
            if (sn == 0) return false;
            var c = proof[next];
            if ((fn & 1) == 1 || fn == sn)
            {
                fr = HashNode(c, fr);
                sr = HashNode(c, sr);
                while ((fn & 1) == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                sr = HashNode(sr, c);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && firstRoot.SequenceEqual(fr) && secondRoot.SequenceEqual(sr);
    }

    /// <summary>The inclusion proof for a leaf: the hashes beside the path from it to the root, from the leaf up (RFC 9162 §2.1.3.1).</summary>
    /// <param name="index">The leaf, counted from 0.</param>
    /// <param name="size">The size of the tree whose root the proof leads to.</param>
    /// <param name="node">Gives the root of a whole subtree: of the leaves <c>index·2^level</c> to <c>(index+1)·2^level − 1</c>.</param>
    public static IReadOnlyList<byte[]> ProveInclusion(long index, long size, Func<int, long, byte[]> node)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<byte[]>();
        Beside(index, 0, size);
        return proof;

        void Beside(long leaf, long from, long to)
        {
            if (to - from == 1) return;
            var middle = from + LargestPowerBelow(to - from);
            Beside(leaf, leaf < middle ? from : middle, leaf < middle ? middle : to);
            proof.Add(leaf < middle ? Root(middle, to, node) : Root(from, middle, node));
        }
    }

    /// <summary>The proof that the tree of <paramref name="secondSize"/> leaves only added to the one of <paramref name="firstSize"/> (RFC 9162 §2.1.4.1).</summary>
    /// <param name="firstSize">The smaller size, at least 1. Equal sizes need no hash.</param>
    /// <param name="secondSize">The larger size.</param>
    /// <param name="node">As for <see cref="ProveInclusion"/>.</param>
    public static IReadOnlyList<byte[]> ProveConsistency(long firstSize, long secondSize, Func<int, long, byte[]> node)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstSize, secondSize);
        var proof = new List<byte[]>();
        if (firstSize < secondSize) Between(firstSize, 0, secondSize, isWhole: true);
        return proof;

        void Between(long first, long from, long to, bool isWhole)
        {
            if (first == to)
            {
                if (!isWhole) proof.Add(Root(from, to, node));
                return;
            }

            var middle = from + LargestPowerBelow(to - from);
            if (first <= middle)
            {
                Between(first, from, middle, isWhole);
                proof.Add(Root(middle, to, node));
            }
            else
            {
                Between(first, middle, to, isWhole: false);
                proof.Add(Root(from, middle, node));
            }
        }
    }

    /// <summary>The root of the first <paramref name="size"/> leaves.</summary>
    /// <param name="size">How many.</param>
    /// <param name="node">As for <see cref="ProveInclusion"/>.</param>
    public static byte[] Root(long size, Func<int, long, byte[]> node) => size == 0 ? EmptyRoot.ToArray() : Root(0, size, node);

    private static byte[] Root(long from, long to, Func<int, long, byte[]> node)
    {
        var count = to - from;
        if (long.IsPow2(count)) return node(System.Numerics.BitOperations.Log2((ulong)count), from / count);
        var middle = from + LargestPowerBelow(count);
        return HashNode(Root(from, middle, node), Root(middle, to, node));
    }

    private static long LargestPowerBelow(long count) => 1L << System.Numerics.BitOperations.Log2((ulong)count - 1);

    private static bool AllAreHashes(IReadOnlyList<byte[]> proof)
    {
        foreach (var hash in proof)
        {
            if (hash.Length != HashBytes) return false;
        }

        return true;
    }
}
