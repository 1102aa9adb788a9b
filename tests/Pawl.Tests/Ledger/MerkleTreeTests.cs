using System.Text.Json;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Ledger;

public sealed class MerkleTreeTests
{
    private const string File = "ledger/merkle-proofs.json";

    // The leaves and roots that the Certificate Transparency project tests with.
    private static readonly string[] Leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Root_PublishedLeaves_IsThePublishedOne(int size, string root)
    {
        var (frontier, nodes) = Grown([.. Leaves.Take(size).Select(Convert.FromHexString)]);

        Assert.Equal(root, Convert.ToHexStringLower(frontier.Root()));
        Assert.Equal(root, Convert.ToHexStringLower(MerkleTree.Root(size, nodes)));
    }

    [Fact]
    public void Root_WithoutLeaves_IsTheHashOfNothing() => Assert.Equal(MerkleTree.EmptyRoot, new Frontier().Root());

    [Theory]
    [MemberData(nameof(Published), "inclusion")]
    public void VerifyInclusion_PublishedCase_IsAsPublished(string kind, string name, int n)
    {
        var c = Case(kind, n);
        var holds = MerkleTree.VerifyInclusion(
            Bytes(c, "leafHash"), c.GetProperty("leafIdx").GetUInt64(), c.GetProperty("treeSize").GetUInt64(), Proof(c), Bytes(c, "root"));

        Assert.True(holds != c.GetProperty("wantErr").GetBoolean(), name);
    }

    [Theory]
    [MemberData(nameof(Published), "consistency")]
    public void VerifyConsistency_PublishedCase_IsAsPublished(string kind, string name, int n)
    {
        var c = Case(kind, n);
        var holds = MerkleTree.VerifyConsistency(
            c.GetProperty("size1").GetUInt64(), Bytes(c, "root1"), c.GetProperty("size2").GetUInt64(), Bytes(c, "root2"), Proof(c));

        Assert.True(holds != c.GetProperty("wantErr").GetBoolean(), name);
    }

    [Fact]
    public void ProveInclusion_EveryLeafOfEverySizeTo40_HoldsAndForNoOtherLeafSizeOrRoot()
    {
        var hashes = Enumerable.Range(0, 40).Select(n => MerkleTree.HashLeaf([(byte)n])).ToList();
        var (_, nodes) = Grown([.. Enumerable.Range(0, 40).Select(n => new[] { (byte)n })]);
        for (var size = 1; size <= 40; size++)
        {
            var root = MerkleTree.Root(size, nodes);
            for (var leaf = 0; leaf < size; leaf++)
            {
                var proof = MerkleTree.ProveInclusion(leaf, size, nodes);
                Assert.True(MerkleTree.VerifyInclusion(hashes[leaf], (ulong)leaf, (ulong)size, proof, root), $"{leaf} of {size}");
                Assert.False(MerkleTree.VerifyInclusion(hashes[(leaf + 1) % 40], (ulong)leaf, (ulong)size, proof, root), $"another leaf than {leaf} of {size}");
                Assert.False(MerkleTree.VerifyInclusion(hashes[leaf], (ulong)leaf + 1, (ulong)size, proof, root), $"{leaf} as the next of {size}");
                Assert.False(MerkleTree.VerifyInclusion(hashes[leaf], (ulong)leaf, (ulong)size, proof, hashes[leaf]) && size > 1, $"another root for {leaf} of {size}");
            }
        }
    }

    [Fact]
    public void ProveConsistency_EveryPairOfSizesTo40_HoldsAndForNoOtherRoot()
    {
        var (_, nodes) = Grown([.. Enumerable.Range(0, 40).Select(n => new[] { (byte)n })]);
        for (var second = 1; second <= 40; second++)
        {
            for (var first = 1; first <= second; first++)
            {
                var proof = MerkleTree.ProveConsistency(first, second, nodes);
                var (root1, root2) = (MerkleTree.Root(first, nodes), MerkleTree.Root(second, nodes));
                Assert.True(MerkleTree.VerifyConsistency((ulong)first, root1, (ulong)second, root2, proof), $"{first} to {second}");
                Assert.False(MerkleTree.VerifyConsistency((ulong)first, MerkleTree.HashLeaf(root1), (ulong)second, root2, proof), $"another first root, {first} to {second}");
            }
        }
    }

    [Fact]
    public void TryRead_OfToBytes_GivesTheSameFrontier()
    {
        var frontier = new Frontier();
        for (var n = 0; n < 70; n++)
        {
            frontier.Append(MerkleTree.HashLeaf([(byte)n]));
            Assert.True(Frontier.TryRead(frontier.Size, frontier.ToBytes(), out var read));
            Assert.Equal(frontier.Root(), read.Root());
            Assert.False(Frontier.TryRead(frontier.Size, frontier.ToBytes().AsSpan(1), out _));
        }
    }

    // Without the data one row remains, and says that it is skipped.
    public static TheoryData<string, string, int> Published(string kind)
    {
        var cases = new TheoryData<string, string, int>();
        if (SharedData.Find(File) is not { } path) return new TheoryData<string, string, int> { { kind, "no data", 0 } };
        using var file = JsonDocument.Parse(System.IO.File.ReadAllBytes(path));
        foreach (var (n, c) in file.RootElement.GetProperty(kind).EnumerateArray().Index()) cases.Add(kind, c.GetProperty("name").GetString()!, n);
        return cases;
    }

    private static JsonElement Case(string kind, int n)
    {
        using var file = JsonDocument.Parse(System.IO.File.ReadAllBytes(SharedData.Require(File)));
        return file.RootElement.GetProperty(kind)[n].Clone();
    }

    private static (Frontier Frontier, Func<int, long, byte[]> Nodes) Grown(IReadOnlyList<byte[]> entries)
    {
        var frontier = new Frontier();
        var rows = entries.Select(entry => frontier.Append(MerkleTree.HashLeaf(entry))).ToList();
        return (frontier, (level, index) => rows[(int)(((index + 1) << level) - 1)].AsSpan(level * MerkleTree.HashBytes, MerkleTree.HashBytes).ToArray());
    }

    private static byte[] Bytes(JsonElement c, string name) => c.GetProperty(name).ValueKind == JsonValueKind.Null ? [] : c.GetProperty(name).GetBytesFromBase64();

    private static List<byte[]> Proof(JsonElement c) =>
        c.GetProperty("proof").ValueKind == JsonValueKind.Null ? [] : [.. c.GetProperty("proof").EnumerateArray().Select(p => p.GetBytesFromBase64())];
}
