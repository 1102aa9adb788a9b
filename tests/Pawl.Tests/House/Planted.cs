// Types that break the table of rooms on purpose, each hiding its use in another place, for RoomTests to catch.
// Several namespaces share this file because they mean something only together.
#pragma warning disable IDE0161

using System.ComponentModel;
using Planted.Storage;

namespace Planted
{
    internal sealed class RootType
    {
        private readonly Ledger.Allowed? uses = null;

        public bool Uses => uses is not null;
    }
}

namespace Planted.Storage
{
    internal class Database
    {
        public static int Open() => 1;
    }

    internal sealed class Failure : Exception;

    internal interface IPort<T>;

    [AttributeUsage(AttributeTargets.Class)]
    internal sealed class ReaderAttribute : Attribute;
}

namespace Planted.Storage.Migrations
{
    internal sealed class Migration
    {
        public static Ledger.Allowed Write() => new();
    }
}

namespace Planted.Flags
{
    internal sealed class UsesLedger
    {
        public object Write() => new Ledger.Allowed();
    }
}

namespace Planted.Annex
{
    internal sealed class RoomNotInTheTable
    {
        public object Write() => new Ledger.Allowed();
    }
}

namespace Planted.Ledger
{
    internal sealed class Allowed
    {
        public static int Count(IEnumerable<int> numbers) => numbers.Count();
    }

    internal sealed class InLambda
    {
        public int Run(int[] numbers) => Allowed.Count(numbers.Where(number => number > Database.Open()));
    }

    internal sealed class InGenericArgument
    {
        public int Run() => new Dictionary<string, List<Database[]>>().Count;
    }

    internal sealed class InConstraint<T>
        where T : Database;

    internal sealed class InSignature
    {
        public static void Run(ref readonly Database? database) => Allowed.Count([]);
    }

    internal sealed class InCatchClause
    {
        public int Run()
        {
            try
            {
                return Allowed.Count([1]);
            }
            catch (Failure)
            {
                return 0;
            }
        }
    }

    internal sealed class InAnInterface : IPort<int>;

    [TypeConverter(typeof(Dictionary<string, Database[]>))]
    internal sealed class InAnAttribute;

    internal sealed class InAnIterator
    {
        public IEnumerable<int> Run()
        {
            yield return Database.Open();
        }
    }

    internal sealed class InAnAsyncMethod
    {
        public async Task<int> Run()
        {
            await Task.Yield();
            return Database.Open();
        }
    }

    internal sealed class InNestedType
    {
        private sealed class Inner : Database;

        public object Run() => new Inner();
    }

    internal sealed class InSubNamespaceOfStorage
    {
        public object Run() => typeof(Storage.Migrations.Migration);
    }

    internal sealed class InSwitch
    {
        // A jump table has a length of its own in the code; what stands behind it must still be read.
        public int Run(int number) => number switch
        {
            0 => 7,
            1 => 11,
            2 => 5,
            3 => 13,
            4 => 2,
            5 => Database.Open(),
            _ => 0,
        };
    }
}
