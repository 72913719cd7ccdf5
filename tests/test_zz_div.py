import collections
from tests.test_sweep import *
@pytest.mark.parametrize("seed", range(4))
def test_div(world, seed):
    other = make_world("beta")
    player = Player(world, other, seed)
    script = sorted((e for number in range(4) for e in player.life(number)), key=lambda e: (e[0], e[1].pk))
    for m,c in script: player.act(c,m)
    print(collections.Counter(Event.objects.values_list("kind",flat=True)))
    print(collections.Counter(Duty.objects.values_list("cause",flat=True)))
